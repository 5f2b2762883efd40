"""How repositories write to SQLite: on the process's one writing connection, in their turn."""

from collections.abc import Iterable
from enum import Enum, auto

from adapters.persistence.channel import Channel
from adapters.persistence.engine import Database
from adapters.persistence.group_commit import GroupCommit
from adapters.persistence.statement import Parameters, Row, Statement


class _Stage(Enum):
    OUTSIDE = auto()
    UNDER_WAY = auto()
    KEPT = auto()
    DISCARDED = auto()


class GroupedChannel(Channel):
    """A thread's transactions, each a member of a group that is committed together."""

    def __init__(self, database: Database, group_commit: GroupCommit) -> None:
        super().__init__(database)
        self._statements = database.statements
        self._group_commit = group_commit
        self._stage = _Stage.OUTSIDE

    def rows(self, statement: Statement, parameters: Parameters) -> Iterable[Row]:
        self._require_transaction()
        try:
            return self._group_commit.connection.rows(self._statements[statement], parameters)
        except Exception as error:
            self._discard(error)
            raise

    def run(self, statement: Statement, parameters: Parameters) -> int:
        self._require_transaction()
        try:
            return self._group_commit.connection.run(self._statements[statement], parameters)
        except Exception as error:
            self._discard(error)
            raise

    def begin(self) -> None:
        if self._stage is not _Stage.OUTSIDE:
            raise RuntimeError("This thread has a transaction under way already.")
        self._group_commit.join()
        self._stage = _Stage.UNDER_WAY
        # For the thread's queries, which would not see what its transaction does.
        self._connection.in_transaction = True

    def commit(self) -> None:
        self._require_transaction()
        try:
            self._group_commit.keep()
        except Exception as error:
            self._discard(error)
            raise
        self._stage = _Stage.KEPT

    def end(self) -> None:
        """Undo what was not committed; return when all that was done or seen is on disk.

        Raises StoreUnavailable when it could not be written there.
        """
        kept = self._stage is _Stage.KEPT
        try:
            if self._stage is _Stage.UNDER_WAY:
                self._discard()
        finally:
            self._stage = _Stage.OUTSIDE
            self._connection.in_transaction = False
            self._group_commit.leave(kept=kept)

    def _discard(self, cause: Exception | None = None) -> None:
        self._stage = _Stage.DISCARDED
        self._group_commit.discard(cause)

    def _require_transaction(self) -> None:
        if self._stage is not _Stage.UNDER_WAY:
            raise RuntimeError("The transaction is over.")
