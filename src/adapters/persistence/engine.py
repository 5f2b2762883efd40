import atexit
import os
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from threading import Lock, local
from weakref import WeakSet

from adapters.persistence.connection import Connection
from adapters.persistence.driver import Driver
from adapters.persistence.sqlite import SqliteDriver, sqlite_path
from adapters.persistence.statement import PreparedStatements
from adapters.persistence.turn import Turn
from application.ports.store import DatabaseUrlError

_databases: WeakSet["Database"] = WeakSet()


class Database:
    """A database, the statements prepared for it, and the connections to it.

    Nothing is opened before its first use. Connections must not cross a fork: call ``dispose``
    before, else the child's use of the database raises RuntimeError.
    """

    def __init__(
        self,
        url: str,
        busy_timeout: timedelta = timedelta(seconds=5),
        turn: Turn | None = None,
    ) -> None:
        """``url`` is ``sqlite:////path`` or ``postgresql://..``. Raises DatabaseUrlError.

        ``busy_timeout`` is how long a transaction waits for another to end: on SQLite in all, on
        PostgreSQL at each lock. ``turn`` is what a thread gives back while it waits; those who
        have it share a connection for their queries.
        """
        self.busy_timeout = busy_timeout
        self.turn = turn or Turn()
        self.driver = _driver(url, busy_timeout)
        self.queries = PreparedStatements(self.driver.dialect, writing=False)
        self.statements = PreparedStatements(self.driver.dialect, writing=True)
        self._is_forked = False
        self._lock = Lock()
        self._connections: WeakSet[Connection] = WeakSet()
        self._ends: list[Callable[[], None]] = []
        self._held = _Held(self)
        self.turn_connection = self.new_connection()
        """For the queries of whoever has the turn: its caches are warm, where one a thread is cold.

        Each is read to its end before the turn can be given away. If two overlapped, the second
        would see the database as it was for the first.
        """
        _databases.add(self)

    @property
    def connection(self) -> Connection:
        """This thread's connection. It is closed when the thread ends."""
        return self._held.connection

    def before_dispose(self, end: Callable[[], None]) -> None:
        """``end`` stops what uses a connection by itself, and returns when it has."""
        self._ends.append(end)

    def dispose(self) -> None:
        """Close all connections, when nothing is under way. The next use opens new ones."""
        for end in self._ends:
            end()
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            connection.close()

    def new_connection(self) -> Connection:
        connection = Connection(self.driver, self.refuse_after_fork)
        with self._lock:
            self._connections.add(connection)
        return connection

    def leave_to_parent(self) -> None:
        """In a forked child: touch no connection that is the parent's."""
        self._lock = Lock()
        for connection in list(self._connections):
            self._is_forked = self._is_forked or connection.is_open
            connection.close()

    def refuse_after_fork(self) -> None:
        # SQLite's locks belong to a process, and what it remembers of them is wrong in a child.
        if self._is_forked:
            raise RuntimeError("The database was in use when this process was forked.")


class _Held(local):
    """Made anew for each thread that looks at it."""

    def __init__(self, database: Database) -> None:
        self.connection = database.new_connection()


def _driver(url: str, busy_timeout: timedelta) -> Driver:
    scheme, _, rest = url.partition("://")
    match scheme:
        case "sqlite":
            return SqliteDriver(sqlite_path(url), busy_timeout)
        case "postgresql" | "postgres" | "postgresql+psycopg":
            # Here and not above: psycopg takes ten megabytes of each process that has it.
            from adapters.persistence.postgresql import PostgresqlDriver  # noqa: PLC0415 # see above

            return PostgresqlDriver(f"postgresql://{rest}", busy_timeout)
    raise DatabaseUrlError("The database URL must begin with sqlite:/// or postgresql://.")


def _after_fork() -> None:
    for database in list(_databases):
        database.leave_to_parent()


def _at_exit() -> None:
    """Whoever closes the last connection to SQLite puts its journal into its file."""
    # All is done by then, so who is impatient shall not be told of an error.
    with suppress(KeyboardInterrupt):
        for database in list(_databases):
            database.dispose()


os.register_at_fork(after_in_child=_after_fork)
atexit.register(_at_exit)
