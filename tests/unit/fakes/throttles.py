from datetime import datetime

from domain.throttle import Throttle, ThrottleKey
from tests.unit.fakes.in_memory_store import Rows


class FakeThrottles:
    def __init__(self, rows: Rows[ThrottleKey, Throttle]) -> None:
        self._rows = rows

    def lock(self, key: ThrottleKey, now: datetime) -> Throttle:
        self._rows.scope.hold(("throttle", key))
        throttle = self._rows.get(key) or Throttle(key, 0, now)
        self._rows.put(key, throttle)
        return throttle

    def save(self, throttle: Throttle) -> None:
        self._rows.scope.check_held(("throttle", throttle.key))
        self._rows.put(throttle.key, throttle)

    def remove(self, key: ThrottleKey) -> None:
        self._rows.scope.hold(("throttle", key))
        self._rows.put(key, None)

    def remove_older(self, than: datetime) -> int:
        return self._rows.remove(lambda throttle: throttle.last_at < than)
