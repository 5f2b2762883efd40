from dataclasses import dataclass
from datetime import timedelta

from application.keys.prune_keys import PruneKeys
from application.keys.rotate_keys import RotateKeys
from application.ports.clock import Clock
from application.ports.keyring import KeyPurpose, Keyring

BY_AGE = "by_age"
"""Why the keys were rotated, in the security event."""


@dataclass(frozen=True, slots=True)
class RotateOldKeys:
    """Let the next keys take over from keys that have been in use for ``lifetime``; None: never.

    Before that, keys are removed with which nothing was made that could still be accepted. Safe to
    repeat. Raises KeyringError or StoreUnavailable.
    """

    keyring: Keyring
    rotate_keys: RotateKeys
    prune_keys: PruneKeys
    clock: Clock
    lifetime: timedelta | None

    def __call__(self) -> None:
        if self.lifetime is None or self._age() < self.lifetime:
            return
        self.prune_keys()
        self.rotate_keys(BY_AGE)

    def _age(self) -> timedelta:
        """How long the older of the two keys has been in use that made tokens last."""
        keys = self.keyring.keys()
        begun = [
            max(key.active_from for key in keys if key.purpose is purpose and key.active_from)
            for purpose in KeyPurpose
        ]
        return self.clock.now() - min(begun)
