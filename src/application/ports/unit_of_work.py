from contextlib import AbstractContextManager
from typing import Protocol

from application.ports.password_resets import PasswordResets
from application.ports.second_factors import SecondFactors
from application.ports.security_events import SecurityEvents
from application.ports.sessions import Sessions
from application.ports.task_lists import TaskLists
from application.ports.tasks import Tasks
from application.ports.throttles import Throttles
from application.ports.users import Users


class Repositories(Protocol):
    @property
    def users(self) -> Users: ...
    @property
    def sessions(self) -> Sessions: ...
    @property
    def tasks(self) -> Tasks: ...
    @property
    def task_lists(self) -> TaskLists: ...
    @property
    def security_events(self) -> SecurityEvents: ...
    @property
    def throttles(self) -> Throttles: ...
    @property
    def password_resets(self) -> PasswordResets: ...
    @property
    def second_factors(self) -> SecondFactors: ...


class Transaction(Repositories, Protocol):
    def commit(self) -> None:
        """Keep what was done. Nothing may be done through the transaction afterwards."""
        ...


class UnitOfWork(Protocol):
    """Access to the store. Both methods raise StoreUnavailable when it can't be reached."""

    def begin(self) -> AbstractContextManager[Transaction]:
        """A transaction: all of it is durable once the block is left after ``commit()``, else none.

        Whatever its repositories raise ends it: nothing may be done through it afterwards.

        What another transaction has not committed is never seen, unless both become durable
        together. If they do not, leaving the block raises StoreUnavailable, also in place of a
        refusal that was raised within: its reason may be lost.
        """
        ...

    def read(self) -> AbstractContextManager[Repositories]:
        """For queries alone. Each sees all that was committed before it began."""
        ...
