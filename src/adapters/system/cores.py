import os
import re
from contextlib import suppress
from pathlib import Path

_SIBLINGS = "/sys/devices/system/cpu/cpu{}/topology/core_cpus_list"


class Cores:
    """On which cores of the machine threads compute, where the system lets one choose.

    CPython runs one thread of a process at a time. Left to itself, the system spreads threads over
    all cores, and whoever hands the interpreter on wakes another core up for it, which takes longer
    than many a request.
    """

    def __init__(self) -> None:
        can_choose = hasattr(os, "sched_setaffinity")
        usable = os.sched_getaffinity(0) if can_choose else set()
        self._cores = sorted(usable, key=lambda core: (_is_second_of_its_core(core), core))

    def keep_to_one(self, number: int) -> None:
        """The calling thread, and all that it starts from now on. Counts around."""
        if self._cores:
            self._let_use([self._cores[number % len(self._cores)]])

    def leave(self) -> None:
        """For the calling thread, if it computes without the interpreter."""
        if self._cores:
            self._let_use(self._cores)

    def _let_use(self, cores: list[int]) -> None:
        # A sandbox may refuse it, and cores may be gone since: then it takes longer, nothing else.
        with suppress(OSError):
            os.sched_setaffinity(0, cores)


def _is_second_of_its_core(number: int) -> bool:
    """Many a core counts as two, which are half as quick while both compute."""
    try:
        siblings = Path(_SIBLINGS.format(number)).read_text()
    except OSError:
        return False
    first = re.match(r"\d+", siblings)
    return first is not None and int(first[0]) != number
