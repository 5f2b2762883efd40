"""What a user, or the operator, would want to know afterwards."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from domain.session import Client, SessionId
from domain.user import UserId

SecurityEventId = NewType("SecurityEventId", bytes)
"""16 random bytes."""


class SecurityEventKind(StrEnum):
    ACCOUNT_DELETED = "account_deleted"
    ACCOUNT_DISABLED = "account_disabled"
    ACCOUNT_ENABLED = "account_enabled"
    CODE_FAILED = "code_failed"
    CODE_MISSING = "code_missing"
    KEYS_ROTATED = "keys_rotated"
    LOGGED_IN = "logged_in"
    LOGIN_FAILED = "login_failed"
    PASSWORD_CHANGED = "password_changed"
    PASSWORD_LINK_MADE = "password_link_made"
    PASSWORD_RESET = "password_reset"
    RECOVERY_CODES_RENEWED = "recovery_codes_renewed"
    REFRESH_TOKEN_REUSED = "refresh_token_reused"
    SECOND_FACTOR_ADDED = "second_factor_added"
    SECOND_FACTOR_BEGUN = "second_factor_begun"
    SECOND_FACTOR_REMOVED = "second_factor_removed"
    SESSION_ENDED = "session_ended"


@dataclass(frozen=True, slots=True)
class SecurityEvent:
    """Who, when and from where. ``user_id`` is None when nobody known was involved.

    ``session_id`` is the session that it happened to; ``detail`` says why, where there is a why.
    """

    id: SecurityEventId
    kind: SecurityEventKind
    at: datetime
    user_id: UserId | None
    session_id: SessionId | None
    client: Client
    detail: str = ""


@dataclass(frozen=True, slots=True)
class SecurityEventPosition:
    """Where a page ends: the next one goes on with what is older."""

    at: datetime
    id: SecurityEventId
