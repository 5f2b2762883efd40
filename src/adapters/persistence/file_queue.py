import fcntl
import os
from datetime import timedelta
from pathlib import Path
from threading import Lock, Thread
from weakref import finalize

from application.ports.store import StoreUnavailable


class FileQueue:
    """Processes take turns by a lock on a file, which the system frees when one dies."""

    def __init__(self, path: Path, timeout: timedelta) -> None:
        self._path = path
        self._timeout = timeout.total_seconds()
        self._descriptor: int | None = None

    def enter(self) -> None:
        """Raises StoreUnavailable when it takes too long."""
        if self._descriptor is None:
            self._descriptor = self._open()
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _Wait(self._descriptor).until(self._timeout)

    def leave(self) -> None:
        if self._descriptor is not None:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def _open(self) -> int:
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreUnavailable(
                f"The database's lock file cannot be opened: {error.strerror}."
            ) from error
        finalize(self, os.close, descriptor)
        return descriptor


class _Wait:
    """A wait for the lock that can be given up, which the system's own can't."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = os.dup(descriptor)
        self._decision = Lock()
        self._is_given_up = False
        self._has_lock = False
        self._thread = Thread(target=self._wait, daemon=True)
        self._thread.start()

    def until(self, timeout: float) -> None:
        self._thread.join(timeout)
        with self._decision:
            self._is_given_up = not self._has_lock
        if self._is_given_up:
            raise StoreUnavailable

    def _wait(self) -> None:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX)
            with self._decision:
                self._has_lock = not self._is_given_up
                if self._is_given_up:
                    fcntl.flock(self._descriptor, fcntl.LOCK_UN)
        finally:
            os.close(self._descriptor)
