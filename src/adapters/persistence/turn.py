from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, get_ident
from time import monotonic
from typing import Self


class Turn:
    """One thread of a worker computes at a time; the others wait for something, or for their turn.

    CPython runs one thread at a time anyway, but takes turns at every call that lets go of its
    lock, of which a query has dozens. Taking turns by the request costs a third less. Whoever
    waits for something slow (a hash, a disk) steps ``aside`` meanwhile. Whoever waits for another
    thread waits for its ``Call``, and has the turn with it: to wake up twice costs as much as a
    query.

    Who has it next is the first of these:

    1. whoever is let in to write (``first=True``), since all others who write wait for that;
    2. whoever has had it already, in the order in which they were called;
    3. whoever lets writers go first, once none is left or the time has come;
    4. of those who have not had it yet, whoever is quickest, which spares waking somebody up.

    Nothing may interrupt a thread that has it, such as Ctrl-C: the turn is handed to it even if it
    waits no longer.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._holder: int | None = None
        self._called: deque[Call] = deque()
        self._writers: list[None] = []
        self._last: Call | None = None
        self._last_comes_by = 0.0

    def __enter__(self) -> Self:
        self._lock.acquire()
        self._holder = get_ident()
        return self

    def __exit__(self, *_: object) -> None:
        self.give_back()

    @contextmanager
    def to_write(self) -> Iterator[None]:
        """The turn of who will probably write, which is known while they wait for it."""
        # Only their number counts, and a list's steps are atomic.
        self._writers.append(None)
        try:
            self.__enter__()
        finally:
            self._writers.pop()
        try:
            yield
        finally:
            self.give_back()

    def give_back(self) -> None:
        self._holder = None
        self._pass_on()

    def aside(self, *, first: bool = False) -> "_Aside":
        """Let others have the turn while this thread waits; nothing if it hasn't got it.

        ``first`` is for whoever comes back with what others wait for: they go before all others.
        """
        return _Aside(self, first)

    def let_writers_go_first(self, deadline: float) -> bool:
        """Come back once nobody waits for a first turn ``to_write``, or when the time has come.

        Nobody's first turn begins before that once the ``deadline`` on ``time.monotonic`` has
        passed. False, and nothing done, when it has, nobody waits, another one lets them go first
        already, or this thread hasn't got the turn.
        """
        if self._last is not None or not self.is_mine or not self._writers_may_come(deadline):
            return False
        self._last_comes_by = deadline
        self._last = call = Call(self)
        return call.wait()

    def _writers_may_come(self, deadline: float) -> bool:
        return bool(self._writers) and monotonic() < deadline

    @property
    def is_mine(self) -> bool:
        return self._holder == get_ident()

    def give_to(self, call: "Call", *, first: bool) -> None:
        """Let the call's thread have the turn, once it is free."""
        if first:
            self._called.appendleft(call)
        else:
            self._called.append(call)
        if self._lock.acquire(blocking=False):
            self._pass_on()

    def _pass_on(self) -> None:
        """By whoever has the lock, which stays locked for the one who is given the turn."""
        while True:
            call = self._called.popleft() if self._called else self._take_last()
            if call is not None:
                self._holder = call.thread
                call.come()
                return
            self._lock.release()
            # Since the look before, somebody may have been called who found it locked.
            if not self._called or not self._lock.acquire(blocking=False):
                return

    def _take_last(self) -> "Call | None":
        if self._last is None or self._writers_may_come(self._last_comes_by):
            return None
        call, self._last = self._last, None
        return call


class Call:
    """What one thread waits for and another makes, once."""

    __slots__ = ("_had_turn", "_has_come", "_holds_turn", "_lock", "_turn", "thread")

    def __init__(self, turn: Turn) -> None:
        """By the thread that is to wait."""
        self.thread = get_ident()
        self._turn = turn
        self._had_turn = self._holds_turn = turn.is_mine
        self._has_come = False
        self._lock = Lock()
        self._lock.acquire()

    def make(self, *, first: bool = False) -> None:
        if self._had_turn:
            self._turn.give_to(self, first=first)
        else:
            self.come()

    def come(self) -> None:
        self._has_come = True
        self._lock.release()

    def wait(self, deadline: float | None = None) -> bool:
        """Whether it comes, until ``deadline`` on ``time.monotonic``: without the turn meanwhile.

        After False the turn is still to come with the call, which the thread makes itself if
        nobody else will, and then waits for again.
        """
        if self._has_come:
            return True
        self.give_turn_back()
        self._lock.acquire(timeout=-1 if deadline is None else max(0.0, deadline - monotonic()))
        return self._has_come

    def give_turn_back(self) -> None:
        """Once: after that the turn may be on its way here, and is not to be given away again."""
        if self._holds_turn:
            self._holds_turn = False
            self._turn.give_back()


class _Aside:
    __slots__ = ("_call", "_first", "_turn")

    def __init__(self, turn: Turn, first: bool) -> None:
        self._turn = turn
        self._first = first
        self._call: Call | None = None

    def __enter__(self) -> None:
        if self._turn.is_mine:
            self._call = Call(self._turn)
            self._call.give_turn_back()

    def __exit__(self, *_: object) -> None:
        if self._call is not None:
            self._call.make(first=self._first)
            self._call.wait()
