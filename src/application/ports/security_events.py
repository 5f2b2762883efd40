from typing import Protocol

from domain.security_event import SecurityEvent


class SecurityEvents(Protocol):
    def add(self, event: SecurityEvent) -> None:
        """Record it in the transaction of what it records."""
        ...
