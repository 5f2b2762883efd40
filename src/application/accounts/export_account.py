from collections.abc import Sequence
from dataclasses import dataclass

from application.ports.unit_of_work import UnitOfWork
from domain.second_factor import SecondFactor
from domain.security_event import SecurityEvent
from domain.session import Session
from domain.task import Task
from domain.user import User, UserGone, UserId

ALL = 2**31 - 1


@dataclass(frozen=True, slots=True)
class AccountExport:
    """All that is stored about a user. It is for the frontend to leave out what is secret."""

    user: User
    tasks: Sequence[Task]
    sessions: Sequence[Session]
    security_events: Sequence[SecurityEvent]
    second_factor: SecondFactor | None


@dataclass(frozen=True, slots=True)
class ExportAccount:
    """Raises UserGone."""

    uow: UnitOfWork

    def __call__(self, user_id: UserId) -> AccountExport:
        with self.uow.read() as tx:
            user = tx.users.get(user_id)
            if user is None:
                raise UserGone
            return AccountExport(
                user=user,
                tasks=tx.tasks.of_user(user_id),
                sessions=tx.sessions.of_user(user_id),
                security_events=tx.security_events.of_user(user_id, None, ALL),
                second_factor=tx.second_factors.of_user(user_id),
            )
