"""How repositories reach a connection: in a transaction, or for queries alone."""

from abc import ABC, abstractmethod
from collections.abc import Iterable

from adapters.persistence.connection import Connection
from adapters.persistence.engine import Database
from adapters.persistence.faults import ConnectionLost
from adapters.persistence.statement import Parameters, Row, Statement


class Channel(ABC):
    def __init__(self, database: Database) -> None:
        self._connection: Connection = database.connection

    @abstractmethod
    def rows(self, statement: Statement, parameters: Parameters) -> Iterable[Row]: ...

    @abstractmethod
    def run(self, statement: Statement, parameters: Parameters) -> int:
        """How many rows the statement has changed."""

    def first(self, statement: Statement, parameters: Parameters) -> Row | None:
        for row in self.rows(statement, parameters):
            return row
        return None


class QueryChannel(Channel):
    """Each query sees what was committed before it. Refuses to write."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._turn_connection = database.turn_connection
        self._turn = database.turn
        self._queries = database.queries

    def rows(self, statement: Statement, parameters: Parameters) -> Iterable[Row]:
        if self._connection.in_transaction:
            raise RuntimeError("A query outside of this thread's transaction would see into it.")
        connection = self._turn_connection if self._turn.is_mine else self._connection
        prepared = self._queries[statement]
        try:
            return connection.rows(prepared, parameters)
        except ConnectionLost:
            # A query leaves nothing behind, so a restart of the database need not be seen here.
            return connection.rows(prepared, parameters)

    def run(self, statement: Statement, parameters: Parameters) -> int:
        raise RuntimeError("Only a transaction may write.")


class TransactionChannel(Channel):
    """Works only while the thread's transaction is under way."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._statements = database.statements

    def rows(self, statement: Statement, parameters: Parameters) -> Iterable[Row]:
        self.require_transaction()
        return self._connection.rows(self._statements[statement], parameters)

    def run(self, statement: Statement, parameters: Parameters) -> int:
        self.require_transaction()
        return self._connection.run(self._statements[statement], parameters)

    def begin(self) -> None:
        self._connection.begin()

    def commit(self) -> None:
        self.require_transaction()
        self._connection.commit()

    def end(self) -> None:
        """Roll back what was not committed."""
        if self._connection.in_transaction:
            self._connection.rollback()

    def require_transaction(self) -> None:
        if not self._connection.in_transaction:
            raise RuntimeError("The transaction is over.")
