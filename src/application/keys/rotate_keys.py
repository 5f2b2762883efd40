from dataclasses import dataclass
from datetime import datetime, timedelta

from application.ports.clock import Clock
from application.ports.keyring import Keyring
from application.ports.unit_of_work import UnitOfWork
from application.sessions.record_event import RecordEvent
from domain.security_event import SecurityEventKind
from domain.session import Client

OPERATOR = Client(label="operator", user_agent="", ip_address="")


@dataclass(frozen=True, slots=True)
class RotateKeys:
    """Let the next keys take over, shortly: by then every worker has read of it.

    Returns when they will. Tokens of the keys before stay valid until those are pruned. ``why``
    goes into the security event.
    """

    keyring: Keyring
    uow: UnitOfWork
    record_event: RecordEvent
    clock: Clock
    notice: timedelta = timedelta(seconds=5)

    def __call__(self, why: str = "") -> datetime:
        now = self.clock.now()
        active_from = now + self.notice
        # Recorded first: a rotation that nobody can read about later must not happen.
        with self.uow.begin() as tx:
            kind = SecurityEventKind.KEYS_ROTATED
            self.record_event(tx, kind, now, OPERATOR, detail=why)
            self.keyring.rotate(now, active_from)
            tx.commit()
        return active_from
