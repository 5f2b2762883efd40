from pathlib import Path
from threading import Condition, Thread
from time import monotonic

from adapters.persistence.lock_file import LockFile
from application.ports.store import StoreUnavailable


class FileQueue:
    """Processes take turns by a lock on a file, which the system frees when one dies.

    For one thread of a process at a time.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: LockFile | None = None
        self._wait: _Wait | None = None

    def try_enter(self) -> bool:
        """Whether the turn could be had at once."""
        if self._file is None or not self._file.is_open:
            self._file = LockFile(self._path)
        return self._file.try_lock()

    def enter(self, deadline: float) -> None:
        """Raises StoreUnavailable when the turn has not come by then, on ``time.monotonic``."""
        if not self.try_enter():
            self._file = self._wait_until(deadline)

    def leave(self) -> None:
        if self._file is not None:
            self._file.unlock()

    def start_anew(self) -> None:
        """Leave, and open the file again at the next time, by its name: it may be another then."""
        if self._file is not None:
            self._file.close()

    def _wait_until(self, deadline: float) -> LockFile:
        if self._wait is None or not self._wait.is_taken_up():
            self._wait = _Wait(LockFile(self._path))
        file = self._wait.until(deadline)
        self._wait = None
        return file


class _Wait:
    """A wait for the lock that can be given up, which the system's own can't.

    Its thread goes on, so whoever comes next takes it up again instead of starting another. And it
    waits on a file of its own, or it would free a lock that its process has taken meanwhile.
    """

    def __init__(self, file: LockFile) -> None:
        self._file = file
        self._changed = Condition()
        self._is_wanted = True
        self._is_over = False
        self._failure: Exception | None = None
        Thread(target=self._run, daemon=True).start()

    def is_taken_up(self) -> bool:
        """Not when it has ended while nobody wanted the lock."""
        with self._changed:
            self._is_wanted = not self._is_over
            return self._is_wanted

    def until(self, deadline: float) -> LockFile:
        """The file, locked. Raises StoreUnavailable."""
        has_come = False
        with self._changed:
            try:
                left = max(0.0, deadline - monotonic())
                has_come = self._changed.wait_for(lambda: self._is_over, left)
            finally:
                if not has_come:
                    self._give_up()
        if not has_come:
            raise StoreUnavailable
        if self._failure is not None:
            raise self._failure
        return self._file

    def _give_up(self) -> None:
        self._is_wanted = False
        if self._is_over:
            self._file.close()

    def _run(self) -> None:
        try:
            self._file.lock()
        except StoreUnavailable as error:
            self._failure = error
        with self._changed:
            self._is_over = True
            if not self._is_wanted:
                self._file.close()
            self._changed.notify()
