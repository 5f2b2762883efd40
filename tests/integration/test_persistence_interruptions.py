"""What is left of a transaction on SQLite that Ctrl-C, an exit or a fork comes into."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event

import pytest

from adapters.persistence.engine import Database
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
    """Where threads step aside: interrupts the next one before or after it waits, if told to."""

    def __init__(self) -> None:
        self.next: str | None = None
        self.waits = Event()

    @contextmanager
    def aside(self) -> Iterator[None]:
        interruption, self.next = self.next, None
        self.waits.set()
        if interruption == "before":
            raise KeyboardInterrupt
        yield
        if interruption == "after":
            raise KeyboardInterrupt


@pytest.fixture
def interruption() -> Interruption:
    return Interruption()


@pytest.fixture
def database(sqlite_url: str, interruption: Interruption) -> Database:
    return Database(sqlite_url, aside=interruption.aside)


@pytest.fixture
def faults(database: Database, monkeypatch: pytest.MonkeyPatch) -> Faults:
    return Faults(database, monkeypatch)


@pytest.fixture
def others() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as threads:
        yield threads


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_wait_for_the_turn_that_is_interrupted_holds_up_nobody(
    uow: SqlUnitOfWork, interruption: Interruption, others: ThreadPoolExecutor, moment: str
) -> None:
    with uow.begin() as tx:
        tx.users.add(a_user())
        interruption.next = moment
        interruption.waits.clear()
        interrupted = others.submit(add, uow, bob())
        assert interruption.waits.wait(LONG)
        tx.commit()

    assert isinstance(interrupted.exception(LONG), KeyboardInterrupt)
    assert stored(uow, ADA) == a_user()
    add(uow, bob())


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_wait_for_other_processes_that_is_interrupted_holds_up_nobody(
    uow: SqlUnitOfWork, interruption: Interruption, moment: str
) -> None:
    interruption.next = moment

    with pytest.raises(KeyboardInterrupt):
        add(uow, a_user())

    assert stored(uow, ADA) is None
    add(uow, bob())


@pytest.mark.parametrize("statement", ["SAVEPOINT", "INSERT", "RELEASE", "COMMIT"])
def test_a_transaction_that_is_interrupted_leaves_nothing_and_holds_up_nobody(
    uow: SqlUnitOfWork, faults: Faults, statement: str
) -> None:
    faults[statement] = KeyboardInterrupt()

    with pytest.raises(KeyboardInterrupt):
        add(uow, a_user())

    assert stored(uow, ADA) is None
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
    interruption: Interruption,
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
            interruption.waits.clear()
            ended.append(others.submit(end))
            assert interruption.waits.wait(LONG)
            tx.commit()

    ended: list[Future[None]] = []
    with pytest.raises(StoreUnavailable):
        add_before_end()

    assert isinstance(ended[0].exception(LONG), ending)


def test_a_child_that_is_forked_within_a_transaction_has_no_part_in_it(sqlite_url: str) -> None:
    program = run_python(FORK_WITHIN_TRANSACTION, sqlite_url.removeprefix("sqlite:///"))

    refused = "The database was in use when this process was forked."
    assert (program.returncode, program.stdout) == (0, f"{refused}\nheld\n")
