"""What a user, or the operator, would want to know afterwards."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from domain.session import SessionId
from domain.user import UserId

SecurityEventId = NewType("SecurityEventId", bytes)
"""16 random bytes."""


class SecurityEventKind(StrEnum):
    REFRESH_TOKEN_REUSED = "refresh_token_reused"


@dataclass(frozen=True, slots=True)
class SecurityEvent:
    """Who, when and from where. ``user_id`` is None when nobody known was involved."""

    id: SecurityEventId
    kind: SecurityEventKind
    at: datetime
    user_id: UserId | None
    session_id: SessionId | None
    ip_address: str
    user_agent: str
