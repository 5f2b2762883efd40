from dataclasses import dataclass
from datetime import timedelta

from application.ports.clock import Clock
from application.ports.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ForgetOld:
    """Remove events and ended sessions past their retention, expired links, and old attempts.

    Returns how many security events were removed.
    """

    uow: UnitOfWork
    clock: Clock
    retention: timedelta
    attempts_remembered: timedelta = timedelta(days=1)

    def __call__(self) -> int:
        now = self.clock.now()
        with self.uow.begin() as tx:
            removed = tx.security_events.remove_older(now - self.retention)
            tx.sessions.remove_ended(now - self.retention)
            tx.password_resets.remove_expired(now)
            tx.throttles.remove_older(now - self.attempts_remembered)
            tx.commit()
        return removed
