import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import Final
from weakref import WeakSet

from application.ports.store import StoreUnavailable

_CLOSED: Final = -1

_files: WeakSet["LockFile"] = WeakSet()


class LockFile:
    """An opening of a file: that is what a lock belongs to, whoever has copies of it (flock(2)).

    A forked child keeps none of its parent's: it could free their locks, or hold them for ever.
    """

    def __init__(self, path: Path) -> None:
        """Makes the file where there is none. Raises StoreUnavailable."""
        self._descriptor = _CLOSED
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreUnavailable(
                f"The database's lock file cannot be opened: {error.strerror}."
            ) from error
        _files.add(self)

    @property
    def is_open(self) -> bool:
        return self._descriptor != _CLOSED

    def try_lock(self) -> bool:
        """Whether the lock could be had at once."""
        return self._flock(fcntl.LOCK_EX | fcntl.LOCK_NB)

    def lock(self) -> None:
        """Waits as long as it takes."""
        self._flock(fcntl.LOCK_EX)

    def unlock(self) -> None:
        if self.is_open:
            self._flock(fcntl.LOCK_UN)

    def close(self) -> None:
        with suppress(StoreUnavailable):
            self.unlock()
        self.leave_to_parent()

    def leave_to_parent(self) -> None:
        """In a forked child: close what is a copy, and leave its lock alone."""
        descriptor, self._descriptor = self._descriptor, _CLOSED
        if descriptor != _CLOSED:
            os.close(descriptor)

    def __del__(self) -> None:
        self.close()

    def _flock(self, operation: int) -> bool:
        try:
            fcntl.flock(self._descriptor, operation)
        except BlockingIOError:
            return False
        except OSError as error:
            raise StoreUnavailable(
                f"The database's lock file cannot be locked: {error.strerror}."
            ) from error
        return True


def _after_fork() -> None:
    for file in list(_files):
        file.leave_to_parent()


os.register_at_fork(after_in_child=_after_fork)
