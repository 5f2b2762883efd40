from datetime import datetime, timedelta
from threading import Lock

from domain.errors import TooManyRequests


class TokenBuckets:
    """RateLimiter port: for each key a bucket that holds ``size`` tokens and fills in ``period``.

    Whoever finds it empty is met with ``refusal``. Kept in this process, for the ``max_keys`` keys
    that were seen last.
    """

    def __init__(
        self,
        size: int,
        period: timedelta,
        refusal: type[TooManyRequests],
        max_keys: int = 10_000,
    ) -> None:
        self._size = float(size)
        self._each = period / size
        self._refusal = refusal
        self._max_keys = max_keys
        self._buckets: dict[str, tuple[float, datetime]] = {}
        self._lock = Lock()

    def take(self, key: str, now: datetime) -> None:
        with self._lock:
            tokens, at = self._buckets.pop(key, (self._size, now))
            tokens = min(self._size, tokens + max(0.0, (now - at) / self._each))
            allowed = tokens >= 1
            self._buckets[key] = (tokens - 1 if allowed else tokens, now)
            if len(self._buckets) > self._max_keys:
                del self._buckets[next(iter(self._buckets))]
        if not allowed:
            raise self._refusal(self._each * (1 - tokens))
