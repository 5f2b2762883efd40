from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, get_ident
from typing import Self


class Turn:
    """One thread of a worker computes at a time; the others wait for something, or for their turn.

    CPython runs one thread at a time anyway, but takes turns at every call that lets go of its
    lock, of which a query has dozens. Taking turns by the request costs a third less. Whoever
    waits for something slow (a hash, a disk) steps ``aside`` meanwhile.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._holder: int | None = None

    def __enter__(self) -> Self:
        self._lock.acquire()
        self._holder = get_ident()
        return self

    def __exit__(self, *_: object) -> None:
        self._holder = None
        self._lock.release()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Let others have the turn while this thread waits; nothing if it hasn't got it."""
        if self._holder != get_ident():
            yield
            return
        self.__exit__()
        try:
            yield
        finally:
            self.__enter__()
