"""How long a writer of SQLite waits for its turn, and what is left when the wait is cut short."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Event
from time import monotonic
from typing import NoReturn

import pytest

from adapters.persistence.connection import Connection
from adapters.persistence.engine import Database
from adapters.persistence.file_queue import FileQueue
from adapters.persistence.group_commit import GroupCommit
from adapters.persistence.lock_file import LockFile
from adapters.persistence.turn import Turn
from adapters.persistence.unit_of_work import SqlUnitOfWork
from application.ports.store import StoreUnavailable
from domain.user import User, UserId
from tests.contracts.threads import all_at_once, elsewhere
from tests.contracts.unit_of_work import add, stored
from tests.integration.faulty_sqlite import Faults
from tests.integration.http.in_process import container_in
from tests.integration.http.running_server import until
from tests.samples import ADA, BOB, a_user, bob

LONG = 20
"""Seconds, after which what should have come will not."""

SHORT = timedelta(milliseconds=50)


class BusyQueue(FileQueue):
    """No turn comes, which is told once ``ends`` is set."""

    def __init__(self, waits: Event) -> None:
        super().__init__(Path())
        self.ends = Event()
        self.deadlines: list[float] = []
        self._waits = waits

    def try_enter(self) -> bool:
        return False

    def enter(self, deadline: float) -> None:
        self.deadlines.append(deadline)
        self._waits.set()
        self.ends.wait(LONG)
        raise StoreUnavailable


class SlowQueue(FileQueue):
    """The turn comes when no time is left."""

    def try_enter(self) -> bool:
        return False

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
    # Who has given up may get the lock once more, to let go of it.
    until(lambda: not refused(uow), "one can write again")
    assert stored(uow, BOB) == bob()
    until(other_process.try_lock, "nothing is left locked")


def test_the_time_to_wait_begins_when_a_writer_comes_and_not_anew_at_each_lock(
    database: Database, waits: Event
) -> None:
    queue = BusyQueue(waits)
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
        "SAVEPOINT member",
    ]
    group_commit.leave(kept=False)


def test_the_other_threads_compute_while_one_waits_for_somebody_who_came_past_the_queue(
    sqlite_url: str,
) -> None:
    turn = Turn()
    database = Database(sqlite_url, turn=turn)
    uow = SqlUnitOfWork(database)
    add(uow, bob())  # so that the writing connection is open, which would else be opened aside

    def add_in_turn() -> None:
        with turn:
            is_at_it.set()
            add(uow, a_user())

    is_at_it = Event()
    with ThreadPoolExecutor(1) as threads, closing(database.driver.connect()) as somebody:
        somebody.execute("BEGIN IMMEDIATE")
        adding = threads.submit(add_in_turn)
        is_at_it.wait(LONG)
        with turn:
            was_added = adding.done()
        somebody.execute("ROLLBACK")
        adding.result(LONG)

    assert not was_added
    assert stored(uow, ADA) == a_user()


def test_requests_and_the_database_of_a_worker_have_one_turn(tmp_path: Path) -> None:
    container = container_in(tmp_path)

    assert container.database().turn is container.turn()

    container.store().disconnect()


def test_who_waits_for_nobody_has_sqlite_wait_for_nobody_either(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = Faults(database, monkeypatch)
    uow = SqlUnitOfWork(database)
    add(uow, a_user())
    faults.statements.clear()

    with uow.begin() as tx:
        tx.commit()

    assert faults.statements == [
        "PRAGMA busy_timeout = 0",
        "BEGIN IMMEDIATE",
        "SAVEPOINT member",
        "RELEASE member",
        "COMMIT",
    ]


def test_the_other_threads_compute_while_one_waits_for_the_disk(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn = Turn()
    database = Database(sqlite_url, turn=turn)
    commits, may_commit = Event(), Event()
    command = Connection.command

    def command_on_slow_disk(connection: Connection, sql: str) -> None:
        if sql == "COMMIT":
            commits.set()
            assert may_commit.wait(LONG)
        command(connection, sql)

    def add_in_turn() -> None:
        with turn:
            add(SqlUnitOfWork(database), a_user())

    monkeypatch.setattr(Connection, "command", command_on_slow_disk)
    with ThreadPoolExecutor(2) as threads:
        adding = threads.submit(add_in_turn)
        assert commits.wait(LONG)
        others = threads.submit(turn.__enter__)
        try:
            others.result(LONG)
        finally:
            may_commit.set()
        threads.submit(turn.__exit__)
        adding.result(LONG)


def test_the_other_threads_compute_while_one_opens_the_database(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn = Turn()
    database = Database(sqlite_url, turn=turn)
    connect = database.driver.connect
    turn_was_held: list[bool] = []

    def watched_connect() -> object:
        turn_was_held.append(turn.is_mine)
        return connect()

    monkeypatch.setattr(database.driver, "connect", watched_connect)
    with turn:
        add(SqlUnitOfWork(database), a_user())

    assert turn_was_held == [False]


def test_who_gives_up_has_the_turn_of_the_worker_again(sqlite_url: str) -> None:
    turn = Turn()
    uow = SqlUnitOfWork(Database(sqlite_url, busy_timeout=SHORT, turn=turn))

    def give_up() -> tuple[bool, bool]:
        with turn:
            return refused(uow), turn.is_mine

    with uow.begin():
        assert elsewhere(give_up) == (True, True)
    with turn:
        assert turn.is_mine


def test_who_has_waited_for_a_group_has_the_turn_of_the_worker_again(sqlite_url: str) -> None:
    turn = Turn()
    uow = SqlUnitOfWork(Database(sqlite_url, turn=turn))

    def add_in_turn(user: User) -> bool:
        with turn:
            add(uow, user)
            return turn.is_mine

    users = [a_user(id=UserId(number), email=f"{number}@example.org") for number in range(1, 9)]
    assert all_at_once([partial(add_in_turn, user) for user in users]) == [True] * len(users)


def test_a_lock_that_cannot_be_given_back_denies_nothing_and_holds_up_nobody(
    database: Database, sqlite_url: str, other_process: LockFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    uow = SqlUnitOfWork(database)

    def fail(_: LockFile) -> NoReturn:
        raise StoreUnavailable

    with monkeypatch.context() as patched:
        patched.setattr(LockFile, "unlock", fail)
        add(uow, a_user())

    assert stored(uow, ADA) == a_user()
    assert other_process.try_lock()
    other_process.unlock()
    add(uow, bob())


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
