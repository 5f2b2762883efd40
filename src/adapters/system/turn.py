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

    def aside(self) -> "_Aside":
        """Let others have the turn while this thread waits; nothing if it hasn't got it."""
        return _Aside(self)

    @property
    def is_mine(self) -> bool:
        return self._holder == get_ident()


class _Aside:
    __slots__ = ("_had_turn", "_turn")

    def __init__(self, turn: Turn) -> None:
        self._turn = turn
        self._had_turn = False

    def __enter__(self) -> None:
        self._had_turn = self._turn.is_mine
        if self._had_turn:
            self._turn.__exit__()

    def __exit__(self, *_: object) -> None:
        if self._had_turn:
            self._turn.__enter__()
