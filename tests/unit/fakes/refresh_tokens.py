from datetime import datetime

from domain.session import InvalidGrant, RefreshToken


class FakeRefreshTokens:
    """Readable tokens, refused by everyone but the one that made them."""

    def __init__(self) -> None:
        self._made: dict[str, RefreshToken] = {}

    def encode(self, token: RefreshToken, issued_at: datetime) -> str:
        text = (
            f"refresh.{token.generation}.session-{token.session_id.hex()}"
            f".secret-{token.secret.hex()}.since-{issued_at.isoformat()}"
        )
        self._made[text] = token
        return text

    def decode(self, text: str) -> RefreshToken:
        try:
            return self._made[text]
        except KeyError as error:
            raise InvalidGrant from error
