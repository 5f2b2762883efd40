"""Snapshots port: SQLite's online backup (sqlite.org/backup.html)."""

import fcntl
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import BinaryIO

from adapters.persistence import faults
from adapters.persistence.engine import Database
from adapters.persistence.schema import REVISIONS
from adapters.persistence.sqlite import SqliteDriver
from application.ports.snapshots import SnapshotRefused
from application.ports.store import StoreUnavailable

_PAGES_A_STEP = 2_000

_POSTGRESQL = (
    "The database is PostgreSQL: use its own pg_dump and pg_restore, and copy the keyring."
)
_IN_USE = "The database is in use: stop the server first."
_FOREIGN = "This is no database of Taskward."
_DAMAGED_COPY = "The database in this copy is damaged: take another one."
_TOO_NEW = "This copy was made by a newer version of Taskward. Install that version."

_SHARED_BYTES = (510, 0x40000002)
"""How many, and from where on, everybody locks who has the database open (os.h of SQLite)."""


class SqlSnapshots:
    def __init__(self, database: Database) -> None:
        self._driver = database.driver

    def take(self, target: Path, progress: Callable[[int, int], None]) -> None:
        driver = self._require_sqlite()
        target.touch(mode=0o600, exist_ok=False)
        with (
            _translated(driver),
            closing(driver.connect()) as source,
            closing(sqlite3.connect(target)) as copy,
        ):
            # Within a transaction all pages are of one instant, however much is written meanwhile.
            source.execute("BEGIN")
            source.execute("SELECT count(*) FROM sqlite_master").fetchone()
            source.backup(
                copy,
                pages=_PAGES_A_STEP,
                progress=lambda _, remaining, total: progress(total - remaining, total),
            )
            # Or it could not be read without a journal beside it.
            copy.execute("PRAGMA journal_mode = DELETE")
            if not _is_whole(copy):
                raise StoreUnavailable(faults.DAMAGED)

    def put_back(self, source: Path, aside: str) -> Path | None:
        driver = self._require_sqlite()
        with _translated(driver), closing(sqlite3.connect(source)) as copy:
            if not _is_whole(copy):
                raise SnapshotRefused(_DAMAGED_COPY)
            _check_revision(copy)
        path = driver.path
        made = path.with_name(f".{path.name}.restored")
        kept = path.with_name(path.name + aside) if path.exists() else None
        try:
            made.unlink(missing_ok=True)
            made.touch(mode=0o600)
            shutil.copyfile(source, made)
            _sync(made)
            if kept is None:
                _put_journal_aside(path, aside)
                made.replace(path)
            else:
                with _translated(driver), _held_alone(path) as is_damaged:
                    _keep_as(path, kept)
                    if is_damaged:
                        _put_journal_aside(path, aside)
                    made.replace(path)
        finally:
            made.unlink(missing_ok=True)
        _sync(path.parent)
        return kept

    def _require_sqlite(self) -> SqliteDriver:
        if not isinstance(self._driver, SqliteDriver):
            raise SnapshotRefused(_POSTGRESQL)
        return self._driver


@contextmanager
def _translated(driver: SqliteDriver) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        fault = driver.fault(error)
        if fault is None:
            raise
        raise fault from error


@contextmanager
def _held_alone(path: Path) -> Iterator[bool]:
    """The database while nobody else can open it, and whether it is damaged.

    One that is not has no journal beside it then, from which anything would be missing.
    """
    # The connection stays open: closing it deletes the journal, and lets go of all locks.
    with (
        closing(sqlite3.connect(path, timeout=1, isolation_level=None)) as raw,
        path.open("r+b") as file,
    ):
        is_damaged = not _takes_hold(raw)
        if is_damaged:
            _lock_out_others(file)
        yield is_damaged


def _takes_hold(raw: sqlite3.Connection) -> bool:
    """Of a database that is not damaged. Raises SnapshotRefused where somebody else has it open."""
    try:
        # The lock outlives its transaction so, within which the journal mode could not change.
        raw.execute("PRAGMA locking_mode = EXCLUSIVE")
        raw.execute("BEGIN EXCLUSIVE")
        raw.execute("COMMIT")
        raw.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
            raise SnapshotRefused(_IN_USE) from error
        if _tells_of_damage(error):
            return False
        raise
    return True


def _lock_out_others(file: BinaryIO) -> None:
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, *_SHARED_BYTES)
    except (BlockingIOError, PermissionError) as error:
        raise SnapshotRefused(_IN_USE) from error


def _keep_as(path: Path, kept: Path) -> None:
    """Under both names: whenever the power fails, there is a database in its place."""
    try:
        os.link(path, kept)
    except FileExistsError:
        raise
    except OSError:
        path.rename(kept)  # a file system without hard links


def _put_journal_aside(path: Path, aside: str) -> None:
    """What is left of a database that was there: SQLite would apply it to any in its place.

    Under the name at which SQLite looks for it beside what is kept of the database.
    """
    for end in ("-wal", "-shm", "-journal"):
        left = path.with_name(path.name + end)
        if left.exists():
            left.rename(path.with_name(path.name + aside + end))


def _tells_of_damage(error: sqlite3.DatabaseError) -> bool:
    return error.sqlite_errorcode & 0xFF in {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}


def _is_whole(raw: sqlite3.Connection) -> bool:
    try:
        return bool(raw.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
    except sqlite3.DatabaseError as error:
        if _tells_of_damage(error):
            return False
        raise


def _check_revision(raw: sqlite3.Connection) -> None:
    try:
        row = raw.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.OperationalError as error:
        raise SnapshotRefused(_FOREIGN) from error
    if row is None or row[0] not in REVISIONS:
        raise SnapshotRefused(_TOO_NEW)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
