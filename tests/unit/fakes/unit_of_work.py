from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from application.ports.store import StoreUnavailable
from tests.unit.fakes.in_memory_store import InMemoryStore, Rows, Scope, TransactionMisuseError
from tests.unit.fakes.interruption import Interruption
from tests.unit.fakes.password_resets import FakePasswordResets
from tests.unit.fakes.second_factors import FakeSecondFactors
from tests.unit.fakes.security_events import FakeSecurityEvents
from tests.unit.fakes.sessions import FakeSessions
from tests.unit.fakes.task_lists import FakeTaskLists
from tests.unit.fakes.tasks import FakeTasks
from tests.unit.fakes.throttles import FakeThrottles
from tests.unit.fakes.users import FakeUsers

_is_within = ContextVar("_is_within", default=False)


class FakeTransaction:
    def __init__(
        self,
        store: InMemoryStore,
        scope: Scope,
        before_session_replace: Interruption,
        before_task_list_hold: Interruption,
        before_tasks_list: Interruption,
        before_commit: Interruption,
    ) -> None:
        users = Rows(scope, store.users)
        sessions = Rows(scope, store.sessions)
        tasks = Rows(scope, store.tasks)
        task_lists = Rows(scope, store.task_lists)
        security_events = Rows(scope, store.security_events)
        throttles = Rows(scope, store.throttles)
        resets = Rows(scope, store.password_resets)
        factors = Rows(scope, store.second_factors)
        self.users = FakeUsers(users, sessions, tasks, task_lists, resets, factors)
        self.sessions = FakeSessions(sessions, users, before_session_replace)
        self.tasks = FakeTasks(tasks, before_tasks_list)
        self.task_lists = FakeTaskLists(task_lists, users, before_task_list_hold)
        self.security_events = FakeSecurityEvents(security_events)
        self.throttles = FakeThrottles(throttles)
        self.password_resets = FakePasswordResets(resets)
        self.second_factors = FakeSecondFactors(factors)
        self._scope = scope
        self._before_commit = before_commit
        self._tables = (
            users,
            sessions,
            tasks,
            task_lists,
            security_events,
            throttles,
            resets,
            factors,
        )

    def commit(self) -> None:
        self._scope.check_writable()
        self._before_commit.happen()
        for table in self._tables:
            table.keep()
        self._scope.end()


class FakeUnitOfWork:
    """Transactions over a store in memory, as PostgreSQL has them: what others commit is seen."""

    def __init__(self, store: InMemoryStore) -> None:
        self._store = store
        self.before_begin = Interruption()
        self.before_session_replace = Interruption()
        self.before_task_list_hold = Interruption()
        self.before_tasks_list = Interruption()
        self.before_commit = Interruption()
        self.is_available = True

    @contextmanager
    def begin(self) -> Iterator[FakeTransaction]:
        self.before_begin.happen()
        with self._transaction(writable=True) as tx:
            yield tx

    @contextmanager
    def read(self) -> Iterator[FakeTransaction]:
        with self._transaction(writable=False) as tx:
            yield tx

    @contextmanager
    def _transaction(self, *, writable: bool) -> Iterator[FakeTransaction]:
        if not self.is_available:
            raise StoreUnavailable
        if _is_within.get():
            raise TransactionMisuseError("a transaction holds no other")
        outside = _is_within.set(True)
        scope = Scope(self._store, writable=writable)
        try:
            yield FakeTransaction(
                self._store,
                scope,
                self.before_session_replace,
                self.before_task_list_hold,
                self.before_tasks_list,
                self.before_commit,
            )
        finally:
            scope.end()
            _is_within.reset(outside)
