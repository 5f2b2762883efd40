from datetime import datetime
from typing import Protocol

from domain.throttle import Throttle, ThrottleKey


class Throttles(Protocol):
    """Counts of attempts, shared by all workers."""

    def lock(self, key: ThrottleKey, now: datetime) -> Throttle:
        """The count, held against others until the transaction ends; of none at ``now`` if new."""
        ...

    def save(self, throttle: Throttle) -> None:
        """Only for a throttle that this transaction has locked."""
        ...

    def remove(self, key: ThrottleKey) -> None: ...

    def remove_older(self, than: datetime) -> int:
        """Forget those whose last attempt is older; how many there were."""
        ...
