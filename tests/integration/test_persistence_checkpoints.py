"""The journal is brought into SQLite's file, beside those who write."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from threading import Event, Thread, current_thread
from threading import enumerate as enumerate_threads

import pytest

from adapters.persistence import checkpoints
from adapters.persistence.checkpoints import EVERY
from adapters.persistence.engine import Database
from adapters.persistence.sqlite import sqlite_path
from adapters.persistence.unit_of_work import SqlUnitOfWork
from tests.contracts.unit_of_work import add
from tests.integration.http.running_server import DEADLINE_SECONDS, until
from tests.integration.programs import run_python
from tests.samples import ADA, a_user

WRITE_IN_A_CHILD = """
import os, sys
from adapters.persistence.checkpoints import EVERY
from adapters.persistence.engine import Database
from adapters.persistence.unit_of_work import SqlUnitOfWork
from tests.integration.test_persistence_checkpoints import (
    has_reached_the_file, save, until, sqlite_path, Path
)
from tests.samples import ADA, a_user

database = Database(sys.argv[1])
uow = SqlUnitOfWork(database)
for number in range(EVERY):
    save(uow, f"parent {number}")
file = sqlite_path(sys.argv[1])
until(lambda: has_reached_the_file(file, f"parent {EVERY - 1}"), "the parent's is there")
database.dispose()
if (child := os.fork()) == 0:
    for number in range(EVERY):
        save(uow, f"child {number}")
    until(lambda: has_reached_the_file(file, f"child {EVERY - 1}"), "the child's is there")
    os._exit(0)
print(os.waitpid(child, 0)[1])
"""


@pytest.fixture
def file(sqlite_url: str) -> Path:
    return sqlite_path(sqlite_url)


@pytest.fixture
def uow(sqlite_url: str, open_database: Callable[[str], Database]) -> SqlUnitOfWork:
    made = SqlUnitOfWork(open_database(sqlite_url))
    add(made, a_user())
    return made


def save(uow: SqlUnitOfWork, name: str) -> None:
    with uow.begin() as tx:
        tx.users.lock(ADA)
        tx.users.save(a_user(first_name=name))
        tx.commit()


def has_reached_the_file(file: Path, name: str) -> bool:
    """Whether it stands there without the journal."""
    return f"{name}Lovelace".encode() in file.read_bytes()


def test_commits_are_brought_into_the_file_while_its_connections_are_open(
    uow: SqlUnitOfWork, file: Path
) -> None:
    for number in range(1, EVERY):
        save(uow, f"number {number}")

    until(lambda: has_reached_the_file(file, f"number {EVERY - 1}"), "the journal is in the file")


def test_until_then_they_stay_in_the_journal(uow: SqlUnitOfWork, file: Path) -> None:
    for number in range(1, EVERY - 1):
        save(uow, f"number {number}")

    assert not has_reached_the_file(file, f"number {EVERY - 2}")


def test_a_reader_of_before_keeps_nothing_from_being_written(
    uow: SqlUnitOfWork, file: Path
) -> None:
    with closing(sqlite3.connect(file)) as reader:
        reader.execute("BEGIN")
        before = reader.execute("SELECT first_name FROM users").fetchall()

        for number in range(3 * EVERY):
            save(uow, f"number {number}")

        assert reader.execute("SELECT first_name FROM users").fetchall() == before
    save(uow, "the last")
    with uow.read() as tx:
        stored = tx.users.get(ADA)
    assert stored is not None
    assert stored.first_name == "the last"


def test_they_have_ended_before_their_connection_is_closed_and_begin_anew(
    sqlite_url: str, open_database: Callable[[str], Database], file: Path
) -> None:
    database = open_database(sqlite_url)
    uow = SqlUnitOfWork(database)
    add(uow, a_user())

    for turn in range(20):
        for number in range(EVERY):
            save(uow, f"turn {turn} number {number}")
        database.dispose()

        assert not [one for one in enumerate_threads() if one.name == "checkpoints"]
        assert not file.with_name(f"{file.name}-wal").exists()


def test_an_end_is_not_missed_that_comes_while_another_call_is_noted(
    sqlite_url: str, open_database: Callable[[str], Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    database = open_database(sqlite_url)
    ending = Thread(target=database.dispose)
    callers: list[Thread] = []

    class Due(Event):
        def set(self) -> None:
            super().set()
            callers.append(current_thread())

        def clear(self) -> None:
            ending.start()
            until(lambda: ending in callers, "its end is called for")
            super().clear()

    monkeypatch.setattr(checkpoints, "Event", Due)
    uow = SqlUnitOfWork(database)
    add(uow, a_user())

    for number in range(1, EVERY):
        save(uow, f"number {number}")

    until(lambda: ending in callers, "its end is called for")
    ending.join(DEADLINE_SECONDS)
    assert not ending.is_alive()


def test_a_write_is_answered_though_no_thread_can_be_started(
    uow: SqlUnitOfWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(Thread, "start", refuse)

    for number in range(2 * EVERY):
        save(uow, f"number {number}")

    with uow.read() as tx:
        stored = tx.users.get(ADA)
    assert stored is not None
    assert stored.first_name == f"number {2 * EVERY - 1}"


def test_a_forked_process_does_it_as_well(sqlite_url: str, uow: SqlUnitOfWork) -> None:
    assert run_python(WRITE_IN_A_CHILD, sqlite_url).stdout == "0\n"
