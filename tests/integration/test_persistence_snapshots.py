"""Copies of SQLite's file, and what stays where it was until one is in its place."""

import errno
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from adapters.persistence import snapshots
from adapters.persistence.engine import Database
from adapters.persistence.schema import SqlSchema
from adapters.persistence.snapshots import SqlSnapshots
from adapters.persistence.unit_of_work import SqlUnitOfWork
from application.ports.snapshots import Snapshots
from application.ports.store import Store
from tests.contracts.snapshots import SnapshotsContract
from tests.contracts.unit_of_work import add, stored
from tests.samples import ADA, BOB, a_user, bob


@pytest.fixture
def path(sqlite_url: str) -> Path:
    return Path(sqlite_url.removeprefix("sqlite:///"))


@pytest.fixture
def database(sqlite_url: str, open_database: Callable[[str], Database]) -> Database:
    return open_database(sqlite_url)


@pytest.fixture
def copy(database: Database, uow: SqlUnitOfWork, tmp_path: Path) -> Path:
    """A copy with Ada alone; Bob has come since."""
    add(uow, a_user())
    target = tmp_path / "copy"
    SqlSnapshots(database).take(target, lambda _done, _total: None)
    add(uow, bob())
    return target


class TestSnapshots(SnapshotsContract):
    @pytest.fixture
    def snapshots(self, database: Database) -> Snapshots:
        return SqlSnapshots(database)

    @pytest.fixture
    def store(self, database: Database) -> Store:
        return SqlSchema(database)


def test_a_copy_is_of_one_instant_though_others_write_while_it_is_taken(
    database: Database, uow: SqlUnitOfWork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(_done: int, _total: int) -> None:
        if stored(uow, BOB) is None:
            add(uow, bob())

    monkeypatch.setattr(snapshots, "_PAGES_A_STEP", 1)
    add(uow, a_user())

    SqlSnapshots(database).take(tmp_path / "copy", write)

    taken = SqlUnitOfWork(Database(f"sqlite:///{tmp_path}/copy"))
    assert (stored(taken, ADA), stored(taken, BOB)) == (a_user(), None)
    assert stored(uow, BOB) == bob()


def test_a_copy_needs_no_journal_beside_it_to_be_read(copy: Path) -> None:
    with closing(sqlite3.connect(copy)) as raw:
        users = raw.execute("SELECT first_name FROM users").fetchall()
        files = list(copy.parent.glob("copy*"))

    assert users == [(a_user().first_name,)]
    assert files == [copy]


def test_what_was_there_is_kept_beside_the_copy_that_takes_its_place(
    database: Database, copy: Path, path: Path
) -> None:
    database.dispose()

    kept = SqlSnapshots(database).put_back(copy, ".before")

    assert kept == path.with_name("taskward.db.before")
    before = SqlUnitOfWork(Database(f"sqlite:///{kept}"))
    assert stored(before, BOB) == bob()


@pytest.mark.parametrize("journal_mode", ["wal", "delete"])
def test_nobody_can_open_a_database_while_a_copy_takes_its_place(
    journal_mode: str,
    database: Database,
    copy: Path,
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    replace = Path.replace
    journals: list[Path] = []

    def replace_beside_another(made: Path, target: Path) -> Path:
        journals.extend(path.parent.glob("taskward.db-wal"))
        with (
            closing(sqlite3.connect(target, timeout=0)) as other,
            pytest.raises(sqlite3.OperationalError, match="locked"),
        ):
            other.execute("SELECT * FROM users")
        return replace(made, target)

    database.dispose()
    with closing(sqlite3.connect(path)) as raw:
        raw.execute(f"PRAGMA journal_mode = {journal_mode}")
    monkeypatch.setattr(Path, "replace", replace_beside_another)

    assert SqlSnapshots(database).put_back(copy, ".before")

    assert journals == []


def test_a_copy_that_cannot_take_its_place_leaves_all_as_it_was(
    database: Database,
    uow: SqlUnitOfWork,
    copy: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(_self: Path, _target: Path) -> Path:
        raise PermissionError

    database.dispose()
    monkeypatch.setattr(Path, "replace", fail)

    with pytest.raises(PermissionError):
        SqlSnapshots(database).put_back(copy, ".before")

    assert stored(uow, BOB) == bob()


def test_a_copy_for_which_there_is_no_space_leaves_nothing_of_itself(
    database: Database, copy: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_source: Path, target: Path) -> None:
        target.write_bytes(b"half of it")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    database.dispose()
    before = set(path.parent.iterdir())
    monkeypatch.setattr(shutil, "copyfile", fail)

    with pytest.raises(OSError, match="No space left"):
        SqlSnapshots(database).put_back(copy, ".before")

    assert set(path.parent.iterdir()) == before


def test_the_journal_of_a_database_that_is_lost_is_not_taken_for_the_copys(
    database: Database, uow: SqlUnitOfWork, copy: Path, path: Path, tmp_path: Path
) -> None:
    journal = path.with_name("taskward.db-wal")
    left = shutil.copy(journal, tmp_path / "left")
    database.dispose()
    path.unlink()
    shutil.copy(left, journal)

    SqlSnapshots(database).put_back(copy, ".before")

    assert (stored(uow, ADA), stored(uow, BOB)) == (a_user(), None)
