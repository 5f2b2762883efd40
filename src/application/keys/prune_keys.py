from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from application.ports.clock import Clock
from application.ports.keyring import KeyDescription, Keyring
from domain.session import SessionPolicy


@dataclass(frozen=True, slots=True)
class PruneKeys:
    """Remove keys with which no token was made that could still be accepted.

    ``leeway`` is for how long an access token is accepted after it has expired.
    """

    keyring: Keyring
    clock: Clock
    policy: SessionPolicy
    leeway: timedelta

    def __call__(self) -> Sequence[KeyDescription]:
        now = self.clock.now()
        return self.keyring.prune(
            access_before=now - self.policy.access_token - self.leeway,
            refresh_before=now - self.policy.idle,
        )
