from dataclasses import dataclass
from datetime import datetime, timedelta

from application.ports.clock import Clock
from application.ports.keyring import Keyring
from application.ports.unit_of_work import UnitOfWork
from application.sessions.record_event import RecordEvent
from domain.security_event import SecurityEventKind
from domain.session import OPERATOR


@dataclass(frozen=True, slots=True)
class RotateKeys:
    """Let the next keys take over, shortly: by then every worker has read of it.

    Returns when they will. Tokens of the keys before stay valid until those are pruned. ``why``
    goes into the security event. Raises StoreUnavailable, whereupon the keys in use stay so, and
    KeyringError: likewise, but if the keyring has gone bad within this moment there is an event of
    what did not happen.
    """

    keyring: Keyring
    uow: UnitOfWork
    record_event: RecordEvent
    clock: Clock
    notice: timedelta = timedelta(seconds=5)

    def __call__(self, why: str = "") -> datetime:
        # Now, since nobody may wait for it in a transaction, nor may it use up the notice.
        self.keyring.prepare_rotation(self.clock.now())
        # Committed first: a rotation that nobody can read about later must not happen.
        with self.uow.begin() as tx:
            kind = SecurityEventKind.KEYS_ROTATED
            self.record_event(tx, kind, self.clock.now(), OPERATOR, detail=why)
            tx.commit()
        now = self.clock.now()
        active_from = now + self.notice
        self.keyring.rotate(now, active_from)
        return active_from
