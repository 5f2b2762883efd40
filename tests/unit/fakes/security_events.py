from collections.abc import Sequence
from datetime import datetime

from domain.security_event import SecurityEvent, SecurityEventId, SecurityEventPosition
from domain.user import UserId
from tests.unit.fakes.in_memory_store import Rows


class FakeSecurityEvents:
    def __init__(self, rows: Rows[SecurityEventId, SecurityEvent]) -> None:
        self._rows = rows

    def add(self, event: SecurityEvent) -> None:
        self._rows.add(event.id, event)

    def of_user(
        self, user_id: UserId, before: SecurityEventPosition | None, limit: int
    ) -> Sequence[SecurityEvent]:
        events = [event for event in self._rows.all() if event.user_id == user_id]
        return _page(events, before, limit)

    def of_all(self, before: SecurityEventPosition | None, limit: int) -> Sequence[SecurityEvent]:
        return _page(self._rows.all(), before, limit)

    def remove_of_user(self, user_id: UserId) -> None:
        self._rows.remove(lambda event: event.user_id == user_id)

    def remove_older(self, than: datetime) -> int:
        return self._rows.remove(lambda event: event.at < than)


def _page(
    events: Sequence[SecurityEvent], before: SecurityEventPosition | None, limit: int
) -> Sequence[SecurityEvent]:
    older = [event for event in events if before is None or _place(event) < _place(before)]
    return sorted(older, key=_place, reverse=True)[:limit]


def _place(of: SecurityEvent | SecurityEventPosition) -> tuple[datetime, SecurityEventId]:
    return of.at, of.id
