import os
from contextlib import suppress


class Cores:
    """On which cores of the machine threads compute, where the system lets one choose.

    CPython runs one thread of a process at a time. Left to itself, the system spreads threads over
    all cores, and whoever hands the interpreter on wakes another core up for it, which takes longer
    than many a request.
    """

    def __init__(self) -> None:
        can_choose = hasattr(os, "sched_setaffinity")
        self._all = sorted(os.sched_getaffinity(0)) if can_choose else []

    def keep_to_one(self, number: int) -> None:
        """The calling thread, and all that it starts from now on. Counts around."""
        if self._all:
            self._let_use([self._all[number % len(self._all)]])

    def leave(self) -> None:
        """For the calling thread, if it computes without the interpreter."""
        if self._all:
            self._let_use(self._all)

    def _let_use(self, cores: list[int]) -> None:
        # A sandbox may refuse it, and cores may be gone since: then it takes longer, nothing else.
        with suppress(OSError):
            os.sched_setaffinity(0, cores)
