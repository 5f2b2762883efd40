from dataclasses import dataclass
from datetime import timedelta

from application.ports.clock import Clock
from application.ports.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ForgetOld:
    """Remove what is past its retention: events, ended sessions, expired links, old attempts, and
    second factors that nobody has confirmed.

    Returns how many security events were removed.
    """

    uow: UnitOfWork
    clock: Clock
    retention: timedelta
    attempts_remembered: timedelta = timedelta(days=1)
    pending_remembered: timedelta = timedelta(days=1)

    def __call__(self) -> int:
        now = self.clock.now()
        with self.uow.begin() as tx:
            removed = tx.security_events.remove_older(now - self.retention)
            tx.sessions.remove_ended(now - self.retention)
            tx.password_resets.remove_expired(now)
            tx.throttles.remove_older(now - self.attempts_remembered)
            tx.second_factors.remove_pending(now - self.pending_remembered)
            tx.commit()
        return removed
