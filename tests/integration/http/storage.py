"""The database behind a running server, as an operator or a thief would look into it."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Column, Connection, Executable, create_engine, make_url, select, text, update

from adapters.persistence.tables import metadata, security_events, sessions, throttles, users
from domain.throttle import ThrottleKey
from tests.integration.http.running_server import RunningServer

POSTPONED = timedelta(minutes=1)


class Storage:
    def __init__(self, server: RunningServer) -> None:
        path = server.data_dir / "taskward.db"
        url = make_url(server.settings.get("DATABASE_URL", f"sqlite:///{path}"))
        is_sqlite = url.get_backend_name() == "sqlite"
        self._url = url if is_sqlite else url.set(drivername="postgresql+psycopg")

    def rows(self, statement: Executable) -> list[tuple[Any, ...]]:
        with self._connection() as connection:
            return [tuple(row) for row in connection.execute(statement)]

    def run(self, statement: Executable) -> int:
        with self._connection() as connection:
            return connection.execute(statement).rowcount

    def tables(self) -> dict[str, list[tuple[Any, ...]]]:
        """All that is stored, as it is stored."""
        return {
            table.name: self.rows(text(f"SELECT * FROM {table.name}"))
            for table in metadata.sorted_tables
        }

    def disable(self, email: str) -> None:
        statement = update(users).where(users.c.email == email)
        assert self.run(statement.values(disabled_at=users.c.created_at)) == 1

    def break_tasks(self) -> None:
        """As if somebody had been at the tables by hand."""
        self.run(text("ALTER TABLE tasks RENAME COLUMN name TO other"))

    def let_throttles_age(self, by: timedelta) -> None:
        """As if nobody had tried for that long: nobody has to wait for it."""
        self._shift(throttles.c.key, throttles.c.last_at, by)

    def postpone_attempts(self, keys: Iterable[ThrottleKey]) -> None:
        """As if the last one were made in a minute, so that a slow test is no later than it."""
        later = datetime.now(UTC) + POSTPONED
        of_these = throttles.c.key.in_(keys)
        assert self.run(update(throttles).where(of_these).values(last_at=later)) >= 1

    def let_logins_age(self, by: timedelta) -> None:
        """As if everybody had given the password that much earlier."""
        self._shift(sessions.c.id, sessions.c.authenticated_at, by)

    def let_sessions_last_shorter(self, by: timedelta) -> None:
        """As if that time had passed for those near their end, and hardly any for the others."""
        self._shift(sessions.c.id, sessions.c.expires_at, by)

    def let_security_events_age(self, by: timedelta) -> None:
        self._shift(security_events.c.id, security_events.c.at, by)

    def _shift(self, key: Column[bytes], time: Column[datetime], by: timedelta) -> None:
        for value, at in self.rows(select(key, time)):
            self.run(update(key.table).where(key == value).values({time.name: at - by}))

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        engine = create_engine(self._url)
        try:
            with engine.begin() as connection:
                yield connection
        finally:
            engine.dispose()
