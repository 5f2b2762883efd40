"""What is left of a transaction on SQLite that Ctrl-C, an exit or a fork comes into."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest

from adapters.persistence.engine import Database
from adapters.persistence.file_queue import FileQueue
from adapters.persistence.group_commit import GroupCommit
from adapters.persistence.lock_file import LockFile
from adapters.persistence.turn import Call
from adapters.persistence.unit_of_work import SqlUnitOfWork
from application.ports.store import StoreUnavailable
from tests.contracts.unit_of_work import add, stored
from tests.integration.faulty_sqlite import Faults, sqlite_error
from tests.integration.programs import run_python
from tests.samples import ADA, BOB, a_user, bob

LONG = 20
"""Seconds, after which what should have come will not."""

FORK_WITHIN_TRANSACTION = """
import os, sys
from pathlib import Path
from threading import Thread
from adapters.persistence.engine import Database
from adapters.persistence.lock_file import LockFile
from adapters.persistence.unit_of_work import SqlUnitOfWork

uow = SqlUnitOfWork(Database(f"sqlite:///{sys.argv[1]}"))

def begin():
    try:
        uow.begin().__enter__()
    except RuntimeError as error:
        print(error, flush=True)

with uow.begin() as tx:
    if (child := os.fork()) == 0:
        thread = Thread(target=begin)
        thread.start()
        thread.join()
        sys.exit()
    os.waitpid(child, 0)
    print("free" if LockFile(Path(f"{sys.argv[1]}-queue")).try_lock() else "held")
    tx.commit()
"""


class Interruption:
    """Interrupts the next wait for another thread or process, before or after it, if told to."""

    def __init__(self) -> None:
        self.next: str | None = None

    @contextmanager
    def around(self) -> Iterator[None]:
        moment, self.next = self.next, None
        if moment == "before":
            raise KeyboardInterrupt
        yield
        if moment == "after":
            raise KeyboardInterrupt


class InterruptedQueue(FileQueue):
    def __init__(self, path: Path, interruption: Interruption) -> None:
        super().__init__(path)
        self._interruption = interruption

    def try_enter(self) -> bool:
        return False

    def enter(self, deadline: float) -> None:
        with self._interruption.around():
            assert super().try_enter()


@pytest.fixture
def interruption(waits: Event, monkeypatch: pytest.MonkeyPatch) -> Interruption:
    interruption = Interruption()
    wait = Call.wait

    def interrupted_wait(call: Call, deadline: float | None = None) -> bool:
        waits.set()
        with interruption.around():
            return wait(call, deadline)

    monkeypatch.setattr(Call, "wait", interrupted_wait)
    return interruption


@pytest.fixture
def database(sqlite_url: str) -> Database:
    return Database(sqlite_url)


@pytest.fixture
def queue_file(sqlite_url: str) -> Path:
    return Path(f"{sqlite_url.removeprefix('sqlite:///')}-queue")


@pytest.fixture
def faults(database: Database, monkeypatch: pytest.MonkeyPatch) -> Faults:
    return Faults(database, monkeypatch)


@pytest.fixture
def others() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as threads:
        yield threads


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_wait_for_the_turn_that_is_interrupted_holds_up_nobody(
    uow: SqlUnitOfWork,
    interruption: Interruption,
    waits: Event,
    others: ThreadPoolExecutor,
    moment: str,
) -> None:
    with uow.begin() as tx:
        tx.users.add(a_user())
        interruption.next = moment
        waits.clear()
        interrupted = others.submit(add, uow, bob())
        assert waits.wait(LONG)
        tx.commit()

    assert isinstance(interrupted.exception(LONG), KeyboardInterrupt)
    assert stored(uow, ADA) == a_user()
    add(uow, bob())


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_wait_for_other_processes_that_is_interrupted_holds_up_nobody(
    database: Database, queue_file: Path, interruption: Interruption, moment: str
) -> None:
    other_process = LockFile(queue_file)
    group_commit = GroupCommit(database, InterruptedQueue(queue_file, interruption))
    interruption.next = moment

    with pytest.raises(KeyboardInterrupt):
        group_commit.join()

    assert other_process.try_lock()
    other_process.unlock()
    group_commit.join()
    group_commit.leave(kept=False)


@pytest.mark.parametrize("statement", ["BEGIN", "SAVEPOINT", "INSERT", "RELEASE", "COMMIT"])
def test_a_transaction_that_is_interrupted_leaves_nothing_and_holds_up_nobody(
    uow: SqlUnitOfWork, faults: Faults, queue_file: Path, statement: str
) -> None:
    faults[statement] = KeyboardInterrupt()

    with pytest.raises(KeyboardInterrupt):
        add(uow, a_user())

    assert stored(uow, ADA) is None
    other_process = LockFile(queue_file)
    assert other_process.try_lock()
    other_process.unlock()
    add(uow, bob())
    assert (stored(uow, ADA), stored(uow, BOB)) == (None, bob())


def test_undoing_that_is_interrupted_leaves_nothing_and_holds_up_nobody(
    uow: SqlUnitOfWork, faults: Faults
) -> None:
    faults["ROLLBACK TO"] = KeyboardInterrupt()

    with pytest.raises(KeyboardInterrupt), uow.begin() as tx:
        tx.users.add(a_user())

    add(uow, bob())
    assert (stored(uow, ADA), stored(uow, BOB)) == (None, bob())


@pytest.mark.parametrize("ending", [KeyboardInterrupt, SystemExit])
def test_who_ends_the_program_is_not_stopped_by_the_loss_of_a_group(
    uow: SqlUnitOfWork,
    faults: Faults,
    waits: Event,
    others: ThreadPoolExecutor,
    ending: type[BaseException],
) -> None:
    def end() -> None:
        with uow.begin():
            faults["COMMIT"] = sqlite_error(sqlite3.SQLITE_IOERR)
            raise ending

    def add_before_end() -> None:
        with uow.begin() as tx:
            tx.users.add(a_user())
            waits.clear()
            ended.append(others.submit(end))
            assert waits.wait(LONG)
            tx.commit()

    ended: list[Future[None]] = []
    with pytest.raises(StoreUnavailable):
        add_before_end()

    assert isinstance(ended[0].exception(LONG), ending)


def test_a_child_that_is_forked_within_a_transaction_has_no_part_in_it(sqlite_url: str) -> None:
    program = run_python(FORK_WITHIN_TRANSACTION, sqlite_url.removeprefix("sqlite:///"))

    refused = "The database was in use when this process was forked."
    assert (program.returncode, program.stdout) == (0, f"{refused}\nheld\n")
