from domain.session import AccessToken, InvalidAccessToken


class FakeAccessTokens:
    """Readable tokens. Those who share ``made`` share their keys."""

    def __init__(
        self, audience: str = "taskward", made: dict[str, AccessToken] | None = None
    ) -> None:
        self._audience = audience
        self.made = {} if made is None else made

    def sign(self, token: AccessToken) -> str:
        text = (
            f"{self._audience}.access.{token.token_id}.user-{token.user_id}"
            f".session-{token.session_id.hex()}"
            f".from-{token.issued_at.timestamp():.0f}.to-{token.expires_at.timestamp():.0f}"
        )
        self.made[text] = token
        return text

    def verify(self, text: str) -> AccessToken:
        token = self.made.get(text)
        if token is None or not text.startswith(f"{self._audience}."):
            raise InvalidAccessToken
        return token
