from base64 import urlsafe_b64encode
from itertools import count

from domain.password_reset import PasswordResetToken
from domain.second_factor import RecoveryCode
from domain.security_event import SecurityEventId
from domain.session import SessionId
from domain.user import UserId


class FakeIds:
    """Counts, so that a failing test reads the same each time. No value is given twice."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def user_id(self) -> UserId:
        return UserId(next(self._numbers))

    def session_id(self) -> SessionId:
        return SessionId(self._sixteen_bytes("session"))

    def security_event_id(self) -> SecurityEventId:
        return SecurityEventId(self._sixteen_bytes("event"))

    def session_secret(self) -> bytes:
        return self._sixteen_bytes("secret")

    def password_reset_token(self) -> PasswordResetToken:
        return PasswordResetToken(f"link-{next(self._numbers)}")

    def recovery_code(self) -> RecoveryCode:
        return RecoveryCode(f"AAAAAAA-BBBBBBB-CCCCCCC-{next(self._numbers):07}")

    def token_id(self) -> str:
        return urlsafe_b64encode(self._sixteen_bytes("token")).rstrip(b"=").decode()

    def _sixteen_bytes(self, kind: str) -> bytes:
        return kind.encode() + next(self._numbers).to_bytes(16 - len(kind))
