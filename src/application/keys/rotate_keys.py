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

    Returns when they will. Tokens of the keys before stay valid until those are pruned.
    """

    keyring: Keyring
    uow: UnitOfWork
    record_event: RecordEvent
    clock: Clock
    notice: timedelta = timedelta(seconds=5)

    def __call__(self) -> datetime:
        now = self.clock.now()
        active_from = now + self.notice
        # Recorded first: a rotation that nobody can read about later must not happen.
        with self.uow.begin() as tx:
            self.record_event(tx, SecurityEventKind.KEYS_ROTATED, now, OPERATOR)
            self.keyring.rotate(now, active_from)
            tx.commit()
        return active_from
