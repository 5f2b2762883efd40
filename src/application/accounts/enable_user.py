from dataclasses import dataclass

from application.ports.clock import Clock
from application.ports.unit_of_work import UnitOfWork
from application.sessions.record_event import RecordEvent
from domain.security_event import SecurityEventKind
from domain.session import OPERATOR
from domain.user import EmailAddress, User, UserNotFound


@dataclass(frozen=True, slots=True)
class EnableUser:
    """Let a disabled user sign in again. Sessions that have ended stay so.

    Safe to repeat. Raises UserNotFound.
    """

    uow: UnitOfWork
    record_event: RecordEvent
    clock: Clock

    def __call__(self, email: EmailAddress) -> User:
        with self.uow.begin() as tx:
            user = tx.users.lock_by_email(email)
            if user is None:
                raise UserNotFound
            enabled = user.enable()
            if enabled != user:
                tx.users.save(enabled)
                now = self.clock.now()
                self.record_event(tx, SecurityEventKind.ACCOUNT_ENABLED, now, OPERATOR, user.id)
            tx.commit()
        return enabled
