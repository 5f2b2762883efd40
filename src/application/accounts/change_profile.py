from dataclasses import dataclass

from application.ports.unit_of_work import UnitOfWork
from application.sessions.authenticate import Authenticate
from domain.session import AccessToken
from domain.user import User, UserGone


@dataclass(frozen=True, slots=True)
class ChangeProfileCommand:
    """A name that is None stays as it is."""

    caller: AccessToken
    first_name: str | None = None
    last_name: str | None = None


@dataclass(frozen=True, slots=True)
class ChangeProfile:
    """Change a user's names. Returns the user.

    Raises InvalidSignup, InvalidAccessToken or UserGone.
    """

    uow: UnitOfWork
    authenticate: Authenticate

    def __call__(self, command: ChangeProfileCommand) -> User:
        with self.uow.begin() as tx:
            user = tx.users.lock(command.caller.user_id)
            if user is None:
                raise UserGone
            self.authenticate.until_commit(tx, command.caller)
            renamed = user.rename(first_name=command.first_name, last_name=command.last_name)
            if renamed != user:
                tx.users.save(renamed)
                tx.commit()
        return renamed
