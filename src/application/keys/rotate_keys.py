from dataclasses import dataclass
from datetime import datetime, timedelta

from application.ports.clock import Clock
from application.ports.keyring import Keyring


@dataclass(frozen=True, slots=True)
class RotateKeys:
    """Let the next keys take over, shortly: by then every worker has read of it.

    Returns when they will. Tokens of the keys before stay valid until those are pruned.
    """

    keyring: Keyring
    clock: Clock
    notice: timedelta = timedelta(seconds=5)

    def __call__(self) -> datetime:
        now = self.clock.now()
        active_from = now + self.notice
        self.keyring.rotate(now, active_from)
        return active_from
