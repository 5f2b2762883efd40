from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from domain.security_event import SecurityEvent, SecurityEventPosition
from domain.user import UserId


class SecurityEvents(Protocol):
    """What happened, newest first, ``limit`` events at most, older than ``before`` if given."""

    def add(self, event: SecurityEvent) -> None:
        """Record it in the transaction of what it records."""
        ...

    def of_user(
        self, user_id: UserId, before: SecurityEventPosition | None, limit: int
    ) -> Sequence[SecurityEvent]: ...

    def of_all(
        self, before: SecurityEventPosition | None, limit: int
    ) -> Sequence[SecurityEvent]: ...

    def remove_of_user(self, user_id: UserId) -> None: ...

    def remove_older(self, than: datetime) -> int:
        """How many were removed."""
        ...
