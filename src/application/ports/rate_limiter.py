from datetime import datetime
from typing import Protocol


class RateLimiter(Protocol):
    """A limit on how often one thing is done, counted by each worker for itself."""

    def take(self, key: str, now: datetime) -> None:
        """Raises its kind of TooManyRequests when ``key`` has used up what it may do for now."""
        ...
