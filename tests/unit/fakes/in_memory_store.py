"""What is committed, in memory, and how a transaction looks at it."""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import Generic, NoReturn, TypeVar

from application.ports.store import StoreUnavailable
from domain.password_reset import PasswordReset
from domain.second_factor import SecondFactor
from domain.security_event import SecurityEvent, SecurityEventId
from domain.session import Session, SessionId
from domain.task import Task, TaskNumber
from domain.throttle import Throttle, ThrottleKey
from domain.user import User, UserId

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class TransactionMisuseError(RuntimeError):
    """The code under test broke a promise about transactions. No refusal: a bug."""


@dataclass(frozen=True, slots=True)
class TaskList:
    last_number: int = 0
    revision: int = 0


@dataclass
class InMemoryStore:
    """The committed rows. Tests may look at them, and may change them as another process would."""

    users: dict[UserId, User] = field(default_factory=dict)
    sessions: dict[SessionId, Session] = field(default_factory=dict)
    tasks: dict[tuple[UserId, TaskNumber], Task] = field(default_factory=dict)
    task_lists: dict[UserId, TaskList] = field(default_factory=dict)
    security_events: dict[SecurityEventId, SecurityEvent] = field(default_factory=dict)
    throttles: dict[ThrottleKey, Throttle] = field(default_factory=dict)
    password_resets: dict[UserId, PasswordReset] = field(default_factory=dict)
    second_factors: dict[UserId, SecondFactor] = field(default_factory=dict)
    holders: dict[Hashable, "Scope"] = field(default_factory=dict)


class Scope:
    """How far one transaction has come and what it holds against the others."""

    def __init__(self, store: InMemoryStore, *, writable: bool) -> None:
        self._holders = store.holders
        self._writable = writable
        self._over = False

    def check_open(self) -> None:
        if self._over:
            raise TransactionMisuseError("it is over")

    def check_writable(self) -> None:
        self.check_open()
        if not self._writable:
            raise TransactionMisuseError("it was begun for reading")

    def hold(self, row: Hashable) -> None:
        """Keep the row from others until the end. Waiting would never end here, so it fails."""
        self.check_writable()
        if self._holders.setdefault(row, self) is not self:
            self.fail(StoreUnavailable())

    def check_held(self, row: Hashable) -> None:
        self.check_writable()
        if self._holders.get(row) is not self:
            raise TransactionMisuseError(f"it should have taken hold of {row!r} first")

    def fail(self, error: Exception) -> NoReturn:
        """As a statement does, which ends its transaction."""
        self.end()
        raise error

    def end(self) -> None:
        self._over = True
        for row in [row for row, holder in self._holders.items() if holder is self]:
            del self._holders[row]


class Rows(Generic[K, V]):
    """A table as one transaction sees it: its own changes laid over what is committed."""

    def __init__(self, scope: Scope, committed: dict[K, V]) -> None:
        self.scope = scope
        self._committed = committed
        self._changes: dict[K, V | None] = {}

    def get(self, key: K) -> V | None:
        self.scope.check_open()
        return self._changes[key] if key in self._changes else self._committed.get(key)

    def all(self) -> list[V]:
        return [row for _, row in self._items()]

    def add(self, key: K, row: V) -> None:
        if self.get(key) is not None:
            raise TransactionMisuseError(f"{key!r} is there already")
        self.put(key, row)

    def put(self, key: K, row: V | None) -> None:
        """InMemoryStore the row in place of what is there; None removes it."""
        self.scope.check_writable()
        self._changes[key] = row

    def remove(self, is_concerned: Callable[[V], bool]) -> int:
        """Remove all rows of which that is true; how many there were."""
        concerned = [key for key, row in self._items() if is_concerned(row)]
        for key in concerned:
            self.put(key, None)
        return len(concerned)

    def _items(self) -> Iterable[tuple[K, V]]:
        self.scope.check_open()
        rows = {**self._committed, **self._changes}
        return [(key, row) for key, row in rows.items() if row is not None]

    def keep(self) -> None:
        for key, row in self._changes.items():
            if row is None:
                self._committed.pop(key, None)
            else:
                self._committed[key] = row
