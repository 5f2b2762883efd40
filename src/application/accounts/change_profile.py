from dataclasses import dataclass

from application.ports.unit_of_work import UnitOfWork
from domain.user import User, UserGone, UserId


@dataclass(frozen=True, slots=True)
class ChangeProfileCommand:
    """What is None stays as it is."""

    user_id: UserId
    first_name: str | None = None
    last_name: str | None = None


@dataclass(frozen=True, slots=True)
class ChangeProfile:
    """Change a user's names. Returns the user. Raises InvalidSignup or UserGone."""

    uow: UnitOfWork

    def __call__(self, command: ChangeProfileCommand) -> User:
        with self.uow.begin() as tx:
            user = tx.users.lock(command.user_id)
            if user is None:
                raise UserGone
            renamed = user.rename(first_name=command.first_name, last_name=command.last_name)
            if renamed != user:
                tx.users.save(renamed)
                tx.commit()
        return renamed
