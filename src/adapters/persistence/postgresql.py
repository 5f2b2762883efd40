"""PostgreSQL through psycopg 3."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import Connection as MigratingConnection
from sqlalchemy import Dialect
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql.dml import OnConflictDoUpdate
from sqlalchemy.dialects.postgresql.psycopg import PGCompiler_psycopg, PGDialect_psycopg
from sqlalchemy.ext.compiler import compiles

from adapters.persistence import faults
from application.ports.store import DatabaseUrlError, SchemaOutdated, StoreUnavailable

# A server that is away is noticed in seconds, also by a connection that waits for its answer.
_DEFAULTS = {"connect_timeout": "5", "keepalives_idle": "30", "tcp_user_timeout": "15000"}

# What people write has any character, and no other encoding of PostgreSQL has them all.
_ENCODING = "UTF8"

# How long a transaction may do nothing: only one whose client has gone away or hangs does, and
# the server may not learn of it for hours, while others wait for what it has locked.
_IDLE_LIMIT = timedelta(seconds=30)
_UNLIMITED = timedelta(0)

# Any number will do, if nobody else in this database takes the same.
_MIGRATION_LOCK = 7_164_157_223

# The first that fits counts.
_SENTENCES = {
    errors.ReadOnlySqlTransaction: faults.READ_ONLY,
    errors.DiskFull: faults.FULL,
    errors.InsufficientPrivilege: faults.REFUSED,
    psycopg.OperationalError: None,
    psycopg.InterfaceError: None,
}


@compiles(sqlite.dml.OnConflictDoUpdate, "postgresql")
def _on_conflict(
    clause: sqlite.dml.OnConflictDoUpdate, compiler: PGCompiler_psycopg, **options: Any
) -> str:
    """Statements are made of SQLite's clause, which says as much as this dialect's own.

    So nobody who uses SQLite has to load this dialect, for 3 MB of memory and 25 ms.
    """
    own = OnConflictDoUpdate(
        index_elements=clause.inferred_target_elements,
        index_where=clause.inferred_target_whereclause,
        set_=dict(clause.update_values_to_set),
        where=clause.update_whereclause,
    )
    return compiler.process(own, **options)


class PostgresqlDriver:
    error: type[Exception] = psycopg.Error
    begin = "BEGIN ISOLATION LEVEL READ COMMITTED"
    queue_file: Path | None = None

    def __init__(self, url: str, busy_timeout: timedelta) -> None:
        """``busy_timeout`` is how long a statement waits for a lock. Raises DatabaseUrlError."""
        self.dialect: Dialect = PGDialect_psycopg()  # type: ignore[no-untyped-call] # so it is
        try:
            self._parameters: dict[str, Any] = {
                **_DEFAULTS,
                **conninfo_to_dict(url),
                # Counts before PGCLIENTENCODING and the role's settings.
                "client_encoding": _ENCODING,
            }
        except psycopg.Error:
            # psycopg's own words may repeat the password.
            raise DatabaseUrlError("The PostgreSQL URL cannot be understood.") from None
        # Zero would be no limit.
        self._lock_timeout = max(timedelta(milliseconds=1), busy_timeout)

    def connect(self) -> psycopg.Connection[Any]:
        return self._open(lock_timeout=self._lock_timeout, idle_limit=_IDLE_LIMIT)

    def is_lost(self, raw: psycopg.Connection[Any]) -> bool:
        return raw.closed

    def fault(self, error: Exception) -> Exception | None:
        if isinstance(error, errors.ForeignKeyViolation):
            return faults.ForeignKeyViolated(error.diag.constraint_name or "")
        if isinstance(error, errors.UniqueViolation):
            return faults.UniqueViolated(error.diag.constraint_name or "")
        if isinstance(error, (errors.UndefinedTable, errors.UndefinedColumn)):
            return SchemaOutdated()
        for kind, sentence in _SENTENCES.items():
            if isinstance(error, kind):
                return StoreUnavailable(sentence)
        return None

    def connect_to_migrate(self) -> psycopg.Connection[Any]:
        # A migration may wait until those who use the tables have finished.
        raw = self._open(lock_timeout=_UNLIMITED, idle_limit=_UNLIMITED)
        raw.autocommit = False
        return raw

    def lock_schema(self, connection: MigratingConnection) -> None:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})")

    def _open(self, lock_timeout: timedelta, idle_limit: timedelta) -> psycopg.Connection[Any]:
        raw = psycopg.connect(**self._parameters, autocommit=True)
        try:
            _require_encoding(raw)
            raw.execute(
                "SET TIME ZONE 'UTC';"
                f"SET lock_timeout = {_milliseconds(lock_timeout)};"
                f"SET idle_in_transaction_session_timeout = {_milliseconds(idle_limit)}"
            )
        except BaseException:
            raw.close()
            raise
        return raw


def _require_encoding(raw: psycopg.Connection[Any]) -> None:
    encoding = raw.info.parameter_status("server_encoding")
    if encoding != _ENCODING:
        raise StoreUnavailable(
            f"The database's encoding is {encoding}, which has not every character: make one with "
            f"createdb -E {_ENCODING} -T template0."
        )


def _milliseconds(time: timedelta) -> int:
    return time // timedelta(milliseconds=1)
