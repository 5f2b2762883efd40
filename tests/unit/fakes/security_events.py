from domain.security_event import SecurityEvent, SecurityEventId
from tests.unit.fakes.in_memory_store import Rows


class FakeSecurityEvents:
    def __init__(self, rows: Rows[SecurityEventId, SecurityEvent]) -> None:
        self._rows = rows

    def add(self, event: SecurityEvent) -> None:
        self._rows.add(event.id, event)
