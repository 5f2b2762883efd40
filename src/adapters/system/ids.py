import secrets
from base64 import b32encode

from domain.password_reset import PasswordResetToken
from domain.second_factor import RecoveryCode
from domain.security_event import SecurityEventId
from domain.session import SessionId
from domain.user import UserId

LARGEST_SAFE_INTEGER = 2**53 - 1


class RandomIds:
    """Ids port: all from the operating system's generator."""

    def user_id(self) -> UserId:
        return UserId(1 + secrets.randbelow(LARGEST_SAFE_INTEGER))

    def session_id(self) -> SessionId:
        return SessionId(secrets.token_bytes(16))

    def security_event_id(self) -> SecurityEventId:
        return SecurityEventId(secrets.token_bytes(16))

    def session_secret(self) -> bytes:
        return secrets.token_bytes(16)

    def password_reset_token(self) -> PasswordResetToken:
        return PasswordResetToken(secrets.token_urlsafe(32))

    def recovery_code(self) -> RecoveryCode:
        text = b32encode(secrets.token_bytes(20)).decode()
        return RecoveryCode("-".join(text[start : start + 7] for start in range(0, 28, 7)))

    def token_id(self) -> str:
        return secrets.token_hex(16)
