import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, Final, NoReturn

from adapters.persistence.driver import Driver
from adapters.persistence.faults import ConnectionLost
from adapters.persistence.statement import Parameters, PreparedStatement, Row

# Closing a connection in a forked child would end it for the parent: here they are kept for ever.
_INHERITED: Final[list[Any]] = []


class Connection:
    """Opened at its first use, kept, and opened again once it is lost. For one thread at a time.

    Outside a transaction each statement stands for itself. A statement that fails ends its
    transaction: PostgreSQL would refuse all that follows, and SQLite is not to differ.
    """

    def __init__(self, driver: Driver, may_open: Callable[[], None]) -> None:
        """``may_open`` raises where a connection must not be opened."""
        self.in_transaction = False
        self._driver = driver
        self._error = driver.error
        self._may_open = may_open
        self._raw: Any = None
        self._pid = 0

    @property
    def is_open(self) -> bool:
        return self._raw is not None

    @property
    def is_in_driver_transaction(self) -> bool:
        """Whether SQLite has one open, be it ours to end or not."""
        return self._raw is not None and bool(self._raw.in_transaction)

    def rows(self, prepared: PreparedStatement, parameters: Parameters) -> Iterable[Row]:
        """All rows of the answer, as the domain takes them."""
        encoded = prepared.encode(parameters)
        try:
            if self._raw is None:
                self._open()
            # To its end: SQLite holds on to the state that an unfinished query sees.
            rows = self._raw.execute(prepared.sql, encoded).fetchall()
        except self._error as error:
            self._fail(error)
        return prepared.decode(rows)

    def run(self, prepared: PreparedStatement, parameters: Parameters) -> int:
        """How many rows the statement has changed."""
        encoded = prepared.encode(parameters)
        try:
            count: int = self._raw.execute(prepared.sql, encoded).rowcount
        except self._error as error:
            self._fail(error)
        return count

    def command(self, sql: str) -> None:
        """A statement without parameters and answer, such as those around a transaction."""
        try:
            if self._raw is None:
                self._open()
            self._raw.execute(sql)
        except self._error as error:
            self._fail(error)

    def begin(self) -> None:
        if self.in_transaction:
            raise RuntimeError("This thread has a transaction under way already.")
        try:
            self.command(self._driver.begin)
        except ConnectionLost:
            # Nothing was under way yet, so a restart of the database need not be seen here.
            self.command(self._driver.begin)
        self.in_transaction = True

    def commit(self) -> None:
        self.command("COMMIT")
        self.in_transaction = False

    def rollback(self) -> None:
        """Never raises: a connection that can't roll back is closed, which does the same."""
        self.in_transaction = False
        try:
            self._raw.execute("ROLLBACK")
        except self._error:
            self.close()

    def close(self) -> None:
        self.in_transaction = False
        raw, self._raw = self._raw, None
        if raw is None:
            return
        if self._pid != os.getpid():
            _INHERITED.append(raw)
            return
        with suppress(self._error):
            raw.close()

    def __del__(self) -> None:
        self.close()

    def _open(self) -> None:
        self._may_open()
        self._raw = self._driver.connect()
        self._pid = os.getpid()

    def _fail(self, error: Exception) -> NoReturn:
        fault = self._driver.fault(error)
        if self._raw is not None and self._driver.is_lost(self._raw):
            fault = ConnectionLost()
            self.close()
        if self.in_transaction:
            self.rollback()
        if fault is None:
            raise error
        raise fault from error
