from dataclasses import dataclass

from application.accounts.verify_password import VerifyPassword
from application.ports.clock import Clock
from application.ports.unit_of_work import UnitOfWork
from application.sessions.record_event import RecordEvent
from domain.security_event import SecurityEventKind
from domain.session import Client
from domain.throttle import account_at_known_address_key, account_key
from domain.user import User, UserGone, UserId, WrongPassword

NOWHERE = Client(label="", user_agent="", ip_address="")


@dataclass(frozen=True, slots=True)
class DeleteAccountCommand:
    user_id: UserId
    password: str
    client: Client


@dataclass(frozen=True, slots=True)
class DeleteAccount:
    """Remove a user and all that is theirs; their sessions end at once.

    What stays is one security event: that the account of this number was deleted, and when.
    Raises WrongPassword, TooManyAttempts or UserGone.
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
        if not self._delete(user):
            # Another change was quicker, or a login hashed the password anew: ask again.
            self(command)

    def _delete(self, verified: User) -> bool:
        """False when the password that was verified is not the user's any more."""
        with self.uow.begin() as tx:
            user = tx.users.lock(verified.id)
            if user is None:
                raise UserGone
            if user.password_hash != verified.password_hash:
                return False
            # Whoever is writing a task comes first, and would else wait for the user in turn.
            tx.task_lists.touch(user.id)
            for session in tx.sessions.of_user(user.id):
                address = session.client.ip_address
                tx.throttles.remove(account_at_known_address_key(user.email, address))
            tx.throttles.remove(account_key(user.email))
            tx.users.remove(user.id)
            tx.security_events.remove_of_user(user.id)
            kind = SecurityEventKind.ACCOUNT_DELETED
            self.record_event(tx, kind, self.clock.now(), NOWHERE, user.id)
            tx.commit()
        return True
