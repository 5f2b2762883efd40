from typing import Protocol

from domain.session import AccessToken


class AccessTokens(Protocol):
    def sign(self, token: AccessToken) -> str:
        """The token in JWS compact serialization (RFC 9068; RFC 7515, section 3.1)."""
        ...

    def verify(self, text: str) -> AccessToken:
        """The claims of a token that one of our keys signed, for our audience.

        Expiry is left to the caller, who knows the time. Raises InvalidAccessToken.
        """
        ...
