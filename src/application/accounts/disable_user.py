from dataclasses import dataclass

from application.ports.clock import Clock
from application.ports.unit_of_work import UnitOfWork
from application.sessions.end_session import EndSession
from application.sessions.record_event import RecordEvent
from domain.security_event import SecurityEventKind
from domain.session import OPERATOR, RevocationReason
from domain.user import EmailAddress, User, UserNotFound


@dataclass(frozen=True, slots=True)
class DisableUser:
    """Let a user sign in no more, and end their sessions in the same transaction.

    A link to set a password is void, too, even when the user is enabled again.
    Safe to repeat. Raises UserNotFound.
    """

    uow: UnitOfWork
    end_session: EndSession
    record_event: RecordEvent
    clock: Clock

    def __call__(self, email: EmailAddress) -> User:
        now = self.clock.now()
        with self.uow.begin() as tx:
            user = tx.users.lock_by_email(email)
            if user is None:
                raise UserNotFound
            disabled = user.disable(now)
            if disabled != user:
                tx.users.save(disabled)
                self.record_event(tx, SecurityEventKind.ACCOUNT_DISABLED, now, OPERATOR, user.id)
            tx.password_resets.remove(user.id)
            reason = RevocationReason.ACCOUNT_DISABLED
            self.end_session.of_user(tx, user.id, reason, now, OPERATOR)
            tx.commit()
        return disabled
