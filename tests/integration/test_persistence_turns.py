"""How long a writer of SQLite waits for its turn, and what is left when the wait is cut short."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, nullcontext
from datetime import timedelta
from pathlib import Path
from threading import Event
from time import monotonic

import pytest

from adapters.persistence.engine import Database
from adapters.persistence.file_queue import FileQueue
from adapters.persistence.group_commit import GroupCommit
from adapters.persistence.lock_file import LockFile
from adapters.persistence.unit_of_work import SqlUnitOfWork
from application.ports.store import StoreUnavailable
from tests.contracts.threads import all_at_once, elsewhere
from tests.contracts.unit_of_work import add, stored
from tests.integration.faulty_sqlite import Faults
from tests.samples import ADA, BOB, a_user, bob

LONG = 20
"""Seconds, after which what should have come will not."""

SHORT = timedelta(milliseconds=50)


class BusyQueue(FileQueue):
    """No turn comes, which is told once ``ends`` is set."""

    def __init__(self) -> None:
        super().__init__(Path())
        self.ends = Event()
        self.deadlines: list[float] = []

    def enter(self, deadline: float) -> None:
        self.deadlines.append(deadline)
        self.ends.wait(LONG)
        raise StoreUnavailable


class SlowQueue(FileQueue):
    """The turn comes when no time is left."""

    def enter(self, deadline: float) -> None:
        Event().wait(deadline - monotonic())


@pytest.fixture
def database(sqlite_url: str, open_database: Callable[[str], Database]) -> Database:
    return open_database(sqlite_url)


@pytest.fixture
def impatient(sqlite_url: str) -> Database:
    return Database(sqlite_url, busy_timeout=SHORT)


@pytest.fixture
def other_process(sqlite_url: str) -> LockFile:
    """The queue as another process sees it."""
    return LockFile(queue_file(sqlite_url))


def queue_file(sqlite_url: str) -> Path:
    return Path(f"{sqlite_url.removeprefix('sqlite:///')}-queue")


def refused(uow: SqlUnitOfWork) -> bool:
    try:
        add(uow, bob())
    except StoreUnavailable:
        return True
    return False


def test_who_waits_too_long_for_another_thread_is_told_and_leaves_nothing_undone(
    impatient: Database,
) -> None:
    uow = SqlUnitOfWork(impatient)

    with uow.begin() as tx:
        tx.users.add(a_user())
        was_refused = elsewhere(lambda: refused(uow))
        tx.commit()

    assert was_refused
    assert elsewhere(lambda: stored(uow, ADA)) == a_user()
    add(uow, bob())


def test_all_who_wait_too_long_for_another_process_are_told_and_nothing_is_left_locked(
    impatient: Database, other_process: LockFile
) -> None:
    uow = SqlUnitOfWork(impatient)
    other_process.try_lock()

    assert all_at_once([lambda: refused(uow)] * 4) == [True] * 4

    other_process.unlock()
    add(uow, bob())
    assert stored(uow, BOB) == bob()
    assert other_process.try_lock()


def test_the_time_to_wait_begins_when_a_writer_comes_and_not_anew_at_each_lock(
    sqlite_url: str,
) -> None:
    waits = Event()

    def aside() -> AbstractContextManager[None]:
        waits.set()
        return nullcontext()

    database = Database(sqlite_url, aside=aside)
    queue = BusyQueue()
    group_commit = GroupCommit(database, queue)

    with ThreadPoolExecutor(2) as threads:
        waiting = []
        for _ in range(2):
            waits.clear()
            waiting.append(threads.submit(group_commit.join))
            waits.wait(LONG)
        latest = monotonic() + database.busy_timeout.total_seconds()
        queue.ends.set()

    assert [type(future.exception()) for future in waiting] == [StoreUnavailable] * 2
    assert len(queue.deadlines) == 2
    assert max(queue.deadlines) <= latest


def test_sqlite_waits_only_for_what_is_left_of_that_time(
    impatient: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = Faults(impatient, monkeypatch)
    group_commit = GroupCommit(impatient, SlowQueue(Path()))

    group_commit.join()

    assert faults.statements == [
        "PRAGMA busy_timeout = 0",
        "BEGIN IMMEDIATE",
        "PRAGMA busy_timeout = 50",
        "SAVEPOINT member",
    ]
    group_commit.leave(kept=False)


def test_who_waits_for_nobody_asks_sqlite_for_nothing_more(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = Faults(database, monkeypatch)

    with SqlUnitOfWork(database).begin() as tx:
        tx.commit()

    assert faults.statements == ["BEGIN IMMEDIATE", "SAVEPOINT member", "RELEASE member", "COMMIT"]


def test_when_somebody_has_come_past_the_queue_it_is_looked_for_again(
    impatient: Database, sqlite_url: str
) -> None:
    uow = SqlUnitOfWork(impatient)
    add(uow, a_user())
    queue_file(sqlite_url).unlink()

    with closing(impatient.driver.connect()) as somebody:
        somebody.execute("BEGIN IMMEDIATE")
        assert refused(uow)
    add(uow, bob())

    assert queue_file(sqlite_url).exists()
