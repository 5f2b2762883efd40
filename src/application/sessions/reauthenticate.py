from dataclasses import dataclass

from application.accounts.verify_password import VerifyPassword
from application.ports.clock import Clock
from application.ports.unit_of_work import UnitOfWork
from domain.session import Client, InvalidAccessToken, SessionId
from domain.user import WrongPassword


@dataclass(frozen=True, slots=True)
class ReauthenticateCommand:
    session_id: SessionId
    password: str
    client: Client


@dataclass(frozen=True, slots=True)
class Reauthenticate:
    """Note that a session's owner has just given the password again.

    Raises WrongPassword or TooManyAttempts.
    """

    uow: UnitOfWork
    verify_password: VerifyPassword
    clock: Clock

    def __call__(self, command: ReauthenticateCommand) -> None:
        with self.uow.read() as tx:
            session = tx.sessions.get(command.session_id)
            user = tx.users.get(session.user_id) if session else None
        if user is None:
            raise InvalidAccessToken
        if not self.verify_password(user, user.email, command.password, command.client):
            raise WrongPassword
        now = self.clock.now()
        with self.uow.begin() as tx:
            while session := tx.sessions.get(command.session_id):
                if tx.sessions.replace(session, session.reauthenticate(now)):
                    break
            tx.commit()
