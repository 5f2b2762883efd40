"""What a group of SQLite's transactions promises to its members."""

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event

import pytest

from adapters.persistence import group_commit
from adapters.persistence.engine import Database
from adapters.persistence.turn import Turn
from adapters.persistence.unit_of_work import SqlUnitOfWork
from application.ports.store import StoreUnavailable
from domain.user import EmailTaken
from tests.contracts.threads import Arrivals
from tests.contracts.unit_of_work import add, stored
from tests.integration.faulty_sqlite import Faults, sqlite_error
from tests.integration.programs import run_python
from tests.samples import ADA, BOB, NOBODY, a_user, bob

LONG = 20
"""Seconds, after which what should have come will not."""

FILL_DISK = """
import resource, sys
from concurrent.futures import ThreadPoolExecutor
from adapters.persistence.engine import Database
from adapters.persistence.unit_of_work import SqlUnitOfWork
from application.ports.store import StoreUnavailable
from tests.samples import a_user

uow = SqlUnitOfWork(Database(sys.argv[1]))
numbers = range(1, 400)

def is_answered(number):
    try:
        with uow.begin() as tx:
            tx.users.add(a_user(id=number, email=f"{number}", last_name="L" * 2000))
            tx.commit()
    except StoreUnavailable:
        return False
    return True

_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, hard))
with ThreadPoolExecutor(8) as threads:
    answered = list(threads.map(is_answered, numbers))
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
with uow.read() as tx:
    stored = [tx.users.get(number) is not None for number in numbers]
print(any(stored), all(stored), stored == answered, is_answered(1000))
"""

Work = Callable[[], object]
Queue = Callable[[Work], Future[object]]


class BoomError(Exception):
    pass


@pytest.fixture
def database(sqlite_url: str) -> Database:
    return Database(sqlite_url)


@pytest.fixture
def faults(database: Database, monkeypatch: pytest.MonkeyPatch) -> Faults:
    return Faults(database, monkeypatch)


@pytest.fixture
def queue(waits: Event) -> Iterator[Queue]:
    """A function that has another thread do something, and returns once that waits for its turn."""
    with ThreadPoolExecutor(8) as threads:

        def queue_(work: Work) -> Future[object]:
            waits.clear()
            future = threads.submit(work)
            assert waits.wait(LONG)
            return future

        yield queue_


def failure(future: Future[object]) -> BaseException | None:
    return future.exception(LONG)


def add_with(uow: SqlUnitOfWork, inside: Work) -> None:
    """Add Ada, and do something before her transaction ends."""
    with uow.begin() as tx:
        tx.users.add(a_user())
        inside()
        tx.commit()


def test_a_member_that_fails_takes_no_other_with_it(uow: SqlUnitOfWork, queue: Queue) -> None:
    others: list[Future[object]] = []

    def fail() -> None:
        others.append(queue(lambda: add(uow, bob())))
        raise BoomError

    with pytest.raises(BoomError):
        add_with(uow, fail)

    assert failure(others[0]) is None
    assert (stored(uow, ADA), stored(uow, BOB)) == (None, bob())


@pytest.mark.parametrize(("keeps", "groups"), [(True, 1), (False, 2)])
def test_who_waits_for_a_turn_to_write_joins_a_group_if_it_keeps_something(
    keeps: bool, groups: int, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn = Turn()
    arrivals = Arrivals()
    monkeypatch.setattr(turn, "_writers", arrivals)
    monkeypatch.setattr(group_commit, "SECONDS_FOR_WRITERS", LONG)
    database = Database(sqlite_url, turn=turn)
    faults = Faults(database, monkeypatch)
    uow = SqlUnitOfWork(database)
    with uow.begin() as tx:
        tx.commit()  # so that the writing connection is open, which takes its time
    faults.statements.clear()

    def add_in_turn() -> None:
        with turn.to_write():
            add(uow, bob())

    with ThreadPoolExecutor(1) as threads:
        with turn:
            other = threads.submit(add_in_turn)
            arrivals.has_come.wait(LONG)
            with uow.begin() as tx:
                tx.users.add(a_user())
                if keeps:
                    tx.commit()
        other.result(LONG)

    assert faults.statements.count("BEGIN IMMEDIATE") == groups
    assert (stored(uow, ADA), stored(uow, BOB)) == (a_user() if keeps else None, bob())


def test_nobody_is_answered_and_nothing_seen_before_the_group_is_committed(
    uow: SqlUnitOfWork, queue: Queue
) -> None:
    bob_is_inside, bob_may_go = Event(), Event()
    others: list[Future[object]] = []

    def add_bob() -> None:
        with uow.begin() as tx:
            tx.users.add(bob())
            bob_is_inside.set()
            bob_may_go.wait(LONG)
            tx.commit()

    ada = queue(lambda: add_with(uow, lambda: others.append(queue(add_bob))))
    bob_is_inside.wait(LONG)
    seen_before, answered_before = stored(uow, ADA), ada.done()
    bob_may_go.set()

    assert [failure(future) for future in (ada, *others)] == [None, None]
    assert (seen_before, answered_before) == (None, False)
    assert (stored(uow, ADA), stored(uow, BOB)) == (a_user(), bob())


def test_a_group_is_committed_at_its_size_though_most_of_it_are_refused(
    uow: SqlUnitOfWork, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "MAX_MEMBERS", 3)
    ada_was_answered = Event()
    others: list[Future[object]] = []

    def add_ada() -> None:
        add_with(uow, lambda: others.append(queue(be_refused)))
        ada_was_answered.set()

    def be_refused() -> bool:
        with uow.begin():
            if len(others) < 3:
                others.append(queue(be_refused))
                return True
            return ada_was_answered.wait(LONG)

    assert failure(queue(add_ada)) is None
    assert [future.result(LONG) for future in others] == [True, True, True]


def lose_with_ada(
    uow: SqlUnitOfWork, queue: Queue, faults: Faults, work: Work
) -> BaseException | None:
    """What is told to another member of the group in which Ada is added in vain."""
    others: list[Future[object]] = []

    def queue_work() -> None:
        faults["COMMIT"] = sqlite_error(sqlite3.SQLITE_IOERR)
        others.append(queue(work))

    with pytest.raises(StoreUnavailable):
        add_with(uow, queue_work)
    return failure(others[0])


def test_a_commit_that_fails_fails_for_all_its_members_and_for_nobody_after(
    uow: SqlUnitOfWork, queue: Queue, faults: Faults
) -> None:
    told = lose_with_ada(uow, queue, faults, lambda: add(uow, bob()))

    assert isinstance(told, StoreUnavailable)
    assert (stored(uow, ADA), stored(uow, BOB)) == (None, None)
    add(uow, bob())
    assert stored(uow, BOB) == bob()


def test_a_refusal_is_not_told_when_what_it_rests_on_is_lost(
    uow: SqlUnitOfWork, queue: Queue, faults: Faults
) -> None:
    told = lose_with_ada(uow, queue, faults, lambda: add(uow, bob(email=a_user().email)))

    assert isinstance(told, StoreUnavailable)
    assert isinstance(told.__cause__, StoreUnavailable)
    assert isinstance(told.__context__, EmailTaken)


def test_who_leaves_in_peace_is_told_as_well_when_what_they_saw_is_lost(
    uow: SqlUnitOfWork, queue: Queue, faults: Faults
) -> None:
    seen = []

    def look() -> None:
        with uow.begin() as tx:
            seen.append(tx.users.get(ADA))

    told = lose_with_ada(uow, queue, faults, look)

    assert seen == [a_user()]
    assert isinstance(told, StoreUnavailable)


def test_a_refusal_that_rests_on_nothing_new_waits_for_nobody(
    uow: SqlUnitOfWork, queue: Queue
) -> None:
    ada_was_refused = Event()
    others: list[Future[object]] = []

    def wait_for_refusal() -> bool:
        with uow.begin() as tx:
            tx.commit()
            return ada_was_refused.wait(LONG)

    def fail() -> None:
        others.append(queue(wait_for_refusal))
        raise BoomError

    with pytest.raises(BoomError):
        add_with(uow, fail)
    ada_was_refused.set()

    assert others[0].result(LONG) is True


def test_a_member_that_cannot_be_undone_is_not_committed_with_the_others(
    uow: SqlUnitOfWork, queue: Queue, faults: Faults
) -> None:
    others: list[Future[object]] = []

    def add_bob_and_fail() -> None:
        with uow.begin() as tx:
            tx.users.add(bob())
            faults["ROLLBACK TO"] = sqlite_error(sqlite3.SQLITE_NOMEM)
            raise BoomError

    with pytest.raises(StoreUnavailable):
        add_with(uow, lambda: others.append(queue(add_bob_and_fail)))

    assert isinstance(failure(others[0]), StoreUnavailable)
    assert (stored(uow, ADA), stored(uow, BOB)) == (None, None)


@pytest.mark.parametrize("statement", ["INSERT", "RELEASE"])
def test_a_disk_that_is_full_loses_the_group_which_is_told_and_nothing_after_it(
    statement: str, uow: SqlUnitOfWork, queue: Queue, faults: Faults
) -> None:
    others: list[Future[object]] = []

    def fill_disk() -> None:
        with uow.begin() as tx:
            others.append(queue(lambda: add(uow, bob())))
            faults[statement] = sqlite_error(sqlite3.SQLITE_FULL)
            tx.users.add(a_user(id=NOBODY, email="nobody@example.org"))
            tx.commit()

    with pytest.raises(StoreUnavailable, match="no space left"):
        add_with(uow, lambda: others.append(queue(fill_disk)))

    with pytest.raises(StoreUnavailable, match="no space left"):
        others[0].result(LONG)
    assert failure(others[1]) is None
    assert (stored(uow, ADA), stored(uow, BOB)) == (None, bob())


def test_on_a_disk_that_takes_no_more_what_was_answered_is_what_is_stored(sqlite_url: str) -> None:
    program = run_python(FILL_DISK, sqlite_url)

    assert program.stdout == "True False True True\n"
