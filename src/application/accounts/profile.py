from dataclasses import dataclass

from application.ports.unit_of_work import UnitOfWork
from domain.user import User, UserGone, UserId


@dataclass(frozen=True, slots=True)
class Profile:
    """The user behind a session. Raises UserGone when the account has just been deleted."""

    uow: UnitOfWork

    def __call__(self, user_id: UserId) -> User:
        with self.uow.read() as tx:
            user = tx.users.get(user_id)
        if user is None:
            raise UserGone
        return user
