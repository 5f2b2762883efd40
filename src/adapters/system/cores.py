import os
from contextlib import suppress
from pathlib import Path

_STAT = Path("/proc/self/stat")
_LAST_RUN_ON = 36
"""The field "processor" (proc(5)), counted from the first one after the name."""


class Cores:
    """On which cores of the machine threads compute, where the system lets one choose.

    CPython runs one thread of a process at a time. Left to itself, the system spreads them over all
    cores, and whoever hands the interpreter on wakes another core up for it, which takes longer
    than many a request.
    """

    def __init__(self) -> None:
        can_choose = hasattr(os, "sched_setaffinity")
        self._usable = sorted(os.sched_getaffinity(0)) if can_choose else []
        self._are_chosen = False

    def keep_to_one(self, worker: int, workers: int) -> None:
        """The calling thread, and all that it starts from now on, in so-and-so many processes.

        With a worker for each core they take one each. Fewer stay where the system has put them,
        which knows what else there is to do, and which cores are quick.
        """
        if not self._usable:
            return
        self._are_chosen = True
        has_core_each = workers >= len(self._usable)
        # A sandbox may refuse it, and cores may be gone since: then it takes longer, nothing else.
        with suppress(OSError):
            core = self._usable[worker % len(self._usable)] if has_core_each else _last_run_on()
            os.sched_setaffinity(0, {core})

    def use_all(self) -> None:
        """The calling thread, which computes without the interpreter, where others keep to one."""
        if self._are_chosen:
            with suppress(OSError):
                os.sched_setaffinity(0, self._usable)


def _last_run_on() -> int:
    after_name = _STAT.read_text().rpartition(")")[2]
    return int(after_name.split()[_LAST_RUN_ON])
