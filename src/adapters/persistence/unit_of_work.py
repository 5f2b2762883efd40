from threading import local
from types import TracebackType
from typing import Self

from adapters.persistence.channel import Channel, QueryChannel, TransactionChannel
from adapters.persistence.engine import Database
from adapters.persistence.file_queue import FileQueue
from adapters.persistence.group_commit import GroupCommit
from adapters.persistence.grouped_channel import GroupedChannel
from adapters.persistence.password_resets import SqlPasswordResets
from adapters.persistence.second_factors import SqlSecondFactors
from adapters.persistence.security_events import SqlSecurityEvents
from adapters.persistence.sessions import SqlSessions
from adapters.persistence.task_lists import SqlTaskLists
from adapters.persistence.tasks import SqlTasks
from adapters.persistence.throttles import SqlThrottles
from adapters.persistence.users import SqlUsers
from application.ports.store import StoreUnavailable


class _Repositories:
    def __init__(self, channel: Channel) -> None:
        self.users = SqlUsers(channel)
        self.sessions = SqlSessions(channel)
        self.tasks = SqlTasks(channel)
        self.task_lists = SqlTaskLists(channel)
        self.security_events = SqlSecurityEvents(channel)
        self.throttles = SqlThrottles(channel)
        self.password_resets = SqlPasswordResets(channel)
        self.second_factors = SqlSecondFactors(channel)


class SqlReader(_Repositories):
    """A thread's queries."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


class SqlTransaction(_Repositories):
    """A thread's transactions, one after another."""

    def __init__(self, channel: TransactionChannel | GroupedChannel) -> None:
        super().__init__(channel)
        self._channel = channel

    def __enter__(self) -> Self:
        self._channel.begin()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            self._channel.end()
        except StoreUnavailable:
            # It takes the place of a refusal, whose reason may be lost; not of an interruption.
            if error is None or isinstance(error, Exception):
                raise

    def commit(self) -> None:
        """Raises RuntimeError when the transaction has ended, be it by a statement that failed."""
        self._channel.commit()


class _Held(local):
    """Made anew for each thread that looks at it, and then used for all it does."""

    def __init__(self, database: Database, group_commit: GroupCommit | None) -> None:
        self.reader = SqlReader(QueryChannel(database))
        self.transaction = SqlTransaction(
            GroupedChannel(database, group_commit) if group_commit else TransactionChannel(database)
        )


class SqlUnitOfWork:
    """Queries and transactions on the calling thread's own connection.

    Threads that take turns share one for their queries. Where only one transaction can write at a
    time, all threads share another for those.

    A thread's transactions do not nest, and while one is under way the thread can't ``read()``
    beside it: either raises RuntimeError.
    """

    def __init__(self, database: Database) -> None:
        queue_file = database.driver.queue_file
        group_commit = GroupCommit(database, FileQueue(queue_file)) if queue_file else None
        self._held = _Held(database, group_commit)

    def begin(self) -> SqlTransaction:
        return self._held.transaction

    def read(self) -> SqlReader:
        return self._held.reader
