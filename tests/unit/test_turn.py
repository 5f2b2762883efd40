from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from threading import Event
from time import monotonic
from typing import Any

import pytest

from adapters.persistence.turn import Call, Turn
from tests.contracts.threads import Arrivals

LONG = 20
"""Seconds, after which what should have come will not."""

Work = Callable[[], object]


def nothing() -> None:
    pass


@pytest.fixture
def turn() -> Turn:
    return Turn()


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as threads:
        yield threads


class Waiting:
    """A thread that had the turn and waits for a call."""

    def __init__(self, turn: Turn, threads: ThreadPoolExecutor, then: Work) -> None:
        self._turn = turn
        self._then = then
        self._calls: Future[Call] = Future()
        self.end = threads.submit(self._run)
        self.call = self._calls.result(LONG)
        with turn:
            pass  # which is to be had once the other waits

    def _run(self) -> None:
        with self._turn:
            call = Call(self._turn)
            self._calls.set_result(call)
            call.wait()
            assert self._turn.is_mine
            self._then()


def test_whoever_steps_aside_lets_another_have_the_turn(
    turn: Turn, threads: ThreadPoolExecutor
) -> None:
    def take() -> bool:
        with turn:
            return turn.is_mine

    with turn:
        other = threads.submit(take)
        with turn.aside():
            assert other.result(LONG)
        assert turn.is_mine


def test_whoever_has_the_turn_keeps_it_until_done(turn: Turn, threads: ThreadPoolExecutor) -> None:
    order: list[str] = []
    is_asking = Event()

    def take() -> None:
        is_asking.set()
        with turn:
            order.append("other")

    with turn:
        other = threads.submit(take)
        is_asking.wait(LONG)
        order.append("first")
    other.result(LONG)

    assert order == ["first", "other"]


def test_stepping_aside_without_the_turn_changes_nothing(turn: Turn) -> None:
    with turn.aside():
        pass

    assert not turn.is_mine
    with turn:
        pass


def test_a_call_brings_the_turn_as_soon_as_it_is_free(
    turn: Turn, threads: ThreadPoolExecutor
) -> None:
    order: list[str] = []
    waiting = Waiting(turn, threads, partial(order.append, "called"))

    with turn:
        waiting.call.make()
        order.append("caller")
    waiting.end.result(LONG)

    assert order == ["caller", "called"]


def test_a_call_brings_the_turn_at_once_when_it_is_free(
    turn: Turn, threads: ThreadPoolExecutor
) -> None:
    waiting = Waiting(turn, threads, lambda: None)

    waiting.call.make()

    waiting.end.result(LONG)
    with turn:
        pass


def test_those_called_come_in_their_order_but_for_whom_the_others_wait(
    turn: Turn, threads: ThreadPoolExecutor
) -> None:
    order: list[str] = []
    one, two, three = (
        Waiting(turn, threads, partial(order.append, name)) for name in ("one", "two", "three")
    )

    with turn:
        one.call.make()
        two.call.make()
        three.call.make(first=True)
    for waiting in (one, two, three):
        waiting.end.result(LONG)

    assert order == ["three", "one", "two"]


def test_those_called_come_before_those_who_have_not_had_the_turn_yet(
    turn: Turn, threads: ThreadPoolExecutor
) -> None:
    order: list[str] = []
    is_asking = Event()
    waiting = Waiting(turn, threads, partial(order.append, "called"))

    def come() -> None:
        is_asking.set()
        with turn:
            order.append("newcomer")

    with turn:
        newcomer = threads.submit(come)
        is_asking.wait(LONG)
        waiting.call.make()
    newcomer.result(LONG)
    waiting.end.result(LONG)

    assert order == ["called", "newcomer"]


class InterruptedLock:
    """Whoever waits for it is interrupted."""

    def acquire(self) -> bool:
        raise KeyboardInterrupt


class Writers:
    """Threads that come to the turn while another one has it."""

    def __init__(self, turn: Turn, threads: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch):
        self._arrivals = Arrivals()
        monkeypatch.setattr(turn, "_writers", self._arrivals)
        self._turn = turn
        self._threads = threads

    def come(self, work: Work) -> None:
        """Returns once the writer is seen to wait."""
        self._arrivals.has_come.clear()
        self._threads.submit(self._run, work)
        assert self._arrivals.has_come.wait(LONG)

    def _run(self, work: Work) -> None:
        with self._turn.to_write():
            work()


@pytest.fixture
def writers(turn: Turn, threads: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch) -> Writers:
    return Writers(turn, threads, monkeypatch)


def soon() -> float:
    return monotonic() + LONG


def test_writers_go_before_whoever_lets_them_also_those_who_come_meanwhile(
    turn: Turn, writers: Writers
) -> None:
    order: list[str] = []

    def come() -> None:
        order.append("writer")
        writers.come(partial(order.append, "latecomer"))

    with turn:
        writers.come(come)
        assert turn.let_writers_go_first(soon())
        assert turn.is_mine
        order.append("who let them")

    assert order == ["writer", "latecomer", "who let them"]


def test_whoever_lets_writers_go_first_comes_back_by_the_deadline(
    turn: Turn, writers: Writers, threads: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    deadline = soon()

    def take_long() -> None:
        order.append("writer")
        monkeypatch.setattr("adapters.persistence.turn.monotonic", lambda: deadline)

    with turn:
        writers.come(take_long)
        writers.come(take_long)
        turn.let_writers_go_first(deadline)
        order.append("who let them")
    threads.shutdown()

    assert order == ["writer", "who let them", "writer"]


def test_nobody_is_let_go_first_after_the_deadline(turn: Turn, writers: Writers) -> None:
    with turn:
        writers.come(nothing)

        assert not turn.let_writers_go_first(monotonic())


def test_nobody_is_let_go_first_where_nobody_waits_to_write(
    turn: Turn, threads: ThreadPoolExecutor
) -> None:
    order: list[str] = []
    is_asking = Event()

    def read() -> None:
        is_asking.set()
        with turn:
            order.append("reader")

    with turn:
        reader = threads.submit(read)
        is_asking.wait(LONG)

        assert not turn.let_writers_go_first(soon())
        order.append("writer")
    reader.result(LONG)

    assert order == ["writer", "reader"]


def test_nobody_is_let_go_first_where_another_one_lets_them_already(
    turn: Turn, writers: Writers, monkeypatch: pytest.MonkeyPatch
) -> None:
    with turn:
        writers.come(nothing)
        with monkeypatch.context() as patched:
            patched.setattr(turn, "_last", Call(turn))

            assert not turn.let_writers_go_first(soon())


def test_nobody_is_let_go_first_by_who_has_not_got_the_turn(
    turn: Turn, writers: Writers, threads: ThreadPoolExecutor
) -> None:
    with turn:
        writers.come(nothing)

        assert not threads.submit(turn.let_writers_go_first, soon()).result(LONG)


def test_a_writer_that_is_interrupted_is_waited_for_no_more(
    turn: Turn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turn, "_lock", InterruptedLock())

    with pytest.raises(KeyboardInterrupt), turn.to_write():
        pass

    assert not turn._writers


def test_a_call_that_was_made_before_anybody_waited_is_not_lost(turn: Turn) -> None:
    with turn:
        call = Call(turn)
        call.make()

        assert call.wait()

        assert turn.is_mine
    with turn:
        pass


def test_who_waits_without_the_turn_is_called_without_it(turn: Turn) -> None:
    call = Call(turn)

    call.make()

    assert call.wait()
    assert not turn.is_mine


def test_a_call_is_waited_for_until_the_deadline_and_the_turn_left_to_others(
    turn: Turn, threads: ThreadPoolExecutor
) -> None:
    with turn:
        call = Call(turn)

        assert not call.wait(monotonic())

        assert not turn.is_mine
        call.make()
        assert call.wait()
        assert turn.is_mine


class HookedLock:
    """Something happens just before it is acquired, or released."""

    def __init__(self, lock: Any, before_acquire: Work = nothing, before_release: Work = nothing):
        self._lock = lock
        self._before_acquire = before_acquire
        self._before_release = before_release

    def acquire(self, **how: Any) -> bool:
        self._before_acquire()
        return bool(self._lock.acquire(**how))

    def release(self) -> None:
        before, self._before_release = self._before_release, nothing
        before()
        self._lock.release()


def test_a_turn_that_is_on_its_way_is_not_given_away_again(
    turn: Turn, threads: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_on_its_way, may_come = Event(), Event()
    come = Call.come

    def come_late(call: Call) -> None:
        is_on_its_way.set()
        assert may_come.wait(LONG)
        come(call)

    with turn:
        call = Call(turn)
        assert not call.wait(monotonic())
        monkeypatch.setattr(Call, "come", come_late)
        monkeypatch.setattr(call, "_lock", HookedLock(call._lock, before_acquire=may_come.set))
        passing_on = threads.submit(call.make)
        assert is_on_its_way.wait(LONG)

        assert call.wait()

        passing_on.result(LONG)
        assert turn.is_mine


def test_a_call_made_while_the_turn_is_being_given_back_is_not_lost(
    turn: Turn, monkeypatch: pytest.MonkeyPatch
) -> None:
    with turn:
        call = Call(turn)
        monkeypatch.setattr(turn, "_lock", HookedLock(turn._lock, before_release=call.make))

        assert call.wait(monotonic())
