from dataclasses import dataclass

from application.accounts.verify_password import VerifyPassword
from application.ports.clock import Clock
from application.ports.unit_of_work import UnitOfWork
from application.sessions.record_event import RecordEvent
from domain.security_event import SecurityEventKind
from domain.session import Client
from domain.throttle import account_key
from domain.user import UserGone, UserId, WrongPassword


@dataclass(frozen=True, slots=True)
class DeleteAccountCommand:
    user_id: UserId
    password: str
    client: Client


@dataclass(frozen=True, slots=True)
class DeleteAccount:
    """Remove a user and all that is theirs; their sessions end at once.

    What stays is one security event: that the account of this number was deleted, and when.
    Raises WrongPassword or TooManyAttempts.
    """

    uow: UnitOfWork
    verify_password: VerifyPassword
    record_event: RecordEvent
    clock: Clock

    def __call__(self, command: DeleteAccountCommand) -> None:
        with self.uow.read() as tx:
            user = tx.users.get(command.user_id)
        if user is None:
            raise UserGone
        if not self.verify_password(user, user.email, command.password, command.client):
            raise WrongPassword
        with self.uow.begin() as tx:
            tx.users.lock(user.id)
            tx.users.remove(user.id)
            tx.security_events.remove_of_user(user.id)
            tx.throttles.remove(account_key(user.email))
            nowhere = Client(label="", user_agent="", ip_address="")
            kind = SecurityEventKind.ACCOUNT_DELETED
            self.record_event(tx, kind, self.clock.now(), nowhere, user.id)
            tx.commit()
