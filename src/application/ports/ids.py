from typing import Protocol

from domain.password_reset import PasswordResetToken
from domain.second_factor import RecoveryCode
from domain.security_event import SecurityEventId
from domain.session import SessionId
from domain.user import UserId


class Ids(Protocol):
    """Fresh, unguessable values from a cryptographically secure source."""

    def user_id(self) -> UserId: ...

    def session_id(self) -> SessionId: ...

    def security_event_id(self) -> SecurityEventId: ...

    def session_secret(self) -> bytes:
        """16 bytes."""
        ...

    def password_reset_token(self) -> PasswordResetToken: ...

    def recovery_code(self) -> RecoveryCode:
        """140 bits."""
        ...

    def token_id(self) -> str:
        """For a token's ``jti``: 128 bits in base64url characters."""
        ...
