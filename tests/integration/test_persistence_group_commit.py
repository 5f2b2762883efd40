"""What a group of SQLite's transactions promises to its members."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from threading import Event, Thread

import pytest

from adapters.persistence.engine import Database
from adapters.persistence.unit_of_work import SqlUnitOfWork
from application.ports.store import StoreUnavailable
from tests.samples import ADA, BOB, a_user, bob


class BoomError(Exception):
    pass


@pytest.fixture
def waits() -> Event:
    """Set when somebody is about to wait for something."""
    return Event()


@pytest.fixture
def uow(sqlite_url: str, waits: Event) -> SqlUnitOfWork:
    def aside() -> AbstractContextManager[None]:
        waits.set()
        return nullcontext()

    return SqlUnitOfWork(Database(sqlite_url, aside=aside))


def add_bob(uow: SqlUnitOfWork, inside: Callable[[], object] = lambda: None) -> Thread:
    def add() -> None:
        with uow.begin() as tx:
            tx.users.add(bob())
            inside()
            tx.commit()

    thread = Thread(target=add)
    thread.start()
    return thread


def test_a_member_that_fails_takes_no_other_with_it(uow: SqlUnitOfWork, waits: Event) -> None:
    others: list[Thread] = []

    def add_ada_and_fail() -> None:
        with uow.begin() as tx:
            tx.users.add(a_user())
            waits.clear()
            others.append(add_bob(uow))
            waits.wait()
            raise BoomError

    with pytest.raises(BoomError):
        add_ada_and_fail()
    others[0].join()

    with uow.read() as tx:
        assert tx.users.get(ADA) is None
        assert tx.users.get(BOB) == bob()


def test_nobody_is_answered_and_nothing_seen_before_the_group_is_committed(
    uow: SqlUnitOfWork, waits: Event
) -> None:
    bob_is_inside, bob_may_go = Event(), Event()
    ada_is_answered = Event()

    def stay() -> None:
        bob_is_inside.set()
        bob_may_go.wait()

    def add_ada() -> None:
        with uow.begin() as tx:
            tx.users.add(a_user())
            waits.clear()
            others.append(add_bob(uow, stay))
            waits.wait()
            tx.commit()
        ada_is_answered.set()

    others: list[Thread] = []
    ada = Thread(target=add_ada)
    ada.start()
    bob_is_inside.wait()
    with uow.read() as tx:
        seen_before = tx.users.get(ADA)
    answered_before = ada_is_answered.is_set()
    bob_may_go.set()
    for thread in (ada, *others):
        thread.join()

    assert seen_before is None
    assert not answered_before
    with uow.read() as tx:
        assert tx.users.get(ADA) == a_user()
        assert tx.users.get(BOB) == bob()


def test_who_waits_too_long_for_another_process_is_told(sqlite_url: str) -> None:
    holder = SqlUnitOfWork(Database(sqlite_url))
    impatient = SqlUnitOfWork(Database(sqlite_url, busy_timeout=timedelta(milliseconds=50)))

    with holder.begin(), pytest.raises(StoreUnavailable), impatient.begin():
        pass

    with impatient.begin() as tx:
        tx.users.add(bob())
        tx.commit()
    with holder.read() as tx:
        assert tx.users.get(BOB) == bob()
