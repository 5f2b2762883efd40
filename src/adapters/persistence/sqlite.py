"""SQLite: one file in the data directory, and its journal beside it."""

import os
import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

from sqlalchemy import Connection as MigratingConnection
from sqlalchemy import Dialect
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from adapters.persistence import faults
from application.ports.store import DatabaseUrlError, SchemaOutdated, StoreUnavailable

PRAGMAS = (
    "PRAGMA journal_mode = WAL",  # readers and a writer do not wait for each other
    "PRAGMA synchronous = FULL",  # what was committed survives a power cut
    "PRAGMA foreign_keys = ON",
    # In pages, 16 MiB: until a commit brings in the little that checkpoints.py has left.
    "PRAGMA wal_autocheckpoint = 4000",
    # In bytes, 64 MiB: what remains of a journal that some reader has kept from starting anew.
    "PRAGMA journal_size_limit = 67108864",
    "PRAGMA cache_size = -600",  # KiB: of connections a worker has three
)

# The journal's index grows by as much (sqlite.org/walformat.html), and reading needs it as well.
_BYTES_TO_OPEN = 32 * 1024

# What SQLite says of a file whose directory is full or read-only, and of much else.
_VAGUE = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR}

_SENTENCES = {
    sqlite3.SQLITE_BUSY: None,
    sqlite3.SQLITE_LOCKED: None,
    sqlite3.SQLITE_NOMEM: None,
    sqlite3.SQLITE_PROTOCOL: None,
    sqlite3.SQLITE_FULL: faults.FULL,
    sqlite3.SQLITE_READONLY: faults.READ_ONLY,
    sqlite3.SQLITE_PERM: faults.READ_ONLY,
    sqlite3.SQLITE_CORRUPT: faults.DAMAGED,
    sqlite3.SQLITE_NOTADB: faults.DAMAGED,
}


class SqliteDriver:
    error: type[Exception] = sqlite3.Error
    # A transaction that reads first and writes later fails at once when another has written
    # between, so every one takes the write lock first.
    begin = "BEGIN IMMEDIATE"

    def __init__(self, path: Path, busy_timeout: timedelta) -> None:
        """``busy_timeout`` is how long a writer waits for the one before."""
        # Both drivers take the same named parameters; looking them up costs SQLite little.
        self.dialect: Dialect = SQLiteDialect_pysqlite(paramstyle="named")
        self.queue_file: Path | None = path.with_name(f"{path.name}-queue")
        self.path = path
        self._busy_timeout = busy_timeout

    def connect(self) -> sqlite3.Connection:
        """Raises SchemaOutdated when there is no such file: only a migration makes it."""
        raw = self._open(self.path)
        try:
            for pragma in PRAGMAS:
                raw.execute(pragma)
        except BaseException:
            raw.close()
            raise
        return raw

    def is_lost(self, raw: sqlite3.Connection) -> bool:
        return False

    def fault(self, error: Exception) -> Exception | None:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK)
        if code == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
            return faults.ForeignKeyViolated("")
        if code in (sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY):
            return faults.UniqueViolated(str(error).rpartition(": ")[2])
        if code == sqlite3.SQLITE_ERROR and str(error).startswith("no such "):
            return SchemaOutdated()
        if code == sqlite3.SQLITE_CANTOPEN and not self.path.exists():
            return SchemaOutdated()
        primary = code & 0xFF
        if primary in _VAGUE:
            return StoreUnavailable(self._reason())
        return StoreUnavailable(_SENTENCES[primary]) if primary in _SENTENCES else None

    def connect_to_migrate(self) -> sqlite3.Connection:
        if not self.path.exists():
            self._make()
        raw = self.connect()
        # Changing a table means to make it anew and drop the old one, on which others depend.
        raw.execute("PRAGMA foreign_keys = OFF")
        return raw

    def lock_schema(self, connection: MigratingConnection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    def _open(self, path: Path) -> sqlite3.Connection:
        return sqlite3.connect(
            f"file:{quote(str(path.absolute()))}?mode=rw",
            uri=True,
            timeout=self._busy_timeout.total_seconds(),
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
        )

    def _reason(self) -> str | None:
        """Why files can't be opened or written here, as far as the directory tells."""
        folder = self.path.parent
        if not os.access(folder, os.W_OK):
            return faults.READ_ONLY
        return faults.FULL if shutil.disk_usage(folder).free < _BYTES_TO_OPEN else None

    def _make(self) -> None:
        """An empty file, readable by its owner alone, that appears all at once in WAL mode.

        Two processes that both switched to WAL would get in each other's way.
        """
        try:
            with TemporaryDirectory(dir=self.path.parent, prefix=".new-") as folder:
                made = Path(folder, self.path.name)
                made.touch(mode=0o600)
                with closing(self._open(made)) as raw:
                    raw.execute("PRAGMA journal_mode = WAL")
                self._appear(made)
        except OSError as error:
            raise StoreUnavailable(
                f"The database cannot be made in {self.path.parent}: {error.strerror}."
            ) from error

    def _appear(self, made: Path) -> None:
        try:
            os.link(made, self.path)
        except FileExistsError:
            pass  # another process was quicker
        except OSError:
            self.path.touch(mode=0o600)  # a file system without hard links


def sqlite_path(url: str) -> Path:
    """The file that ``sqlite:///relative`` or ``sqlite:////absolute`` names."""
    path = url.removeprefix("sqlite:///")
    if path == url or path in ("", ":memory:") or "?" in path:
        raise DatabaseUrlError("A SQLite database is given as sqlite:///file or sqlite:////path.")
    return Path(path)
