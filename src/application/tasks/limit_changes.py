from dataclasses import dataclass

from application.ports.clock import Clock
from application.ports.rate_limiter import RateLimiter
from domain.user import UserId


@dataclass(frozen=True, slots=True)
class LimitChanges:
    """How quickly one user changes tasks: shared by all that do. Raises TooManyTaskChanges."""

    rate_limiter: RateLimiter
    clock: Clock

    def __call__(self, user_id: UserId) -> None:
        self.rate_limiter.take(str(user_id), self.clock.now())
