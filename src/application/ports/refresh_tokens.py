from datetime import datetime
from typing import Protocol

from domain.session import RefreshToken


class RefreshTokens(Protocol):
    def encode(self, token: RefreshToken, issued_at: datetime) -> str:
        """The token as the client keeps it: the same text for the same arguments, always.

        ``issued_at`` is when its generation began; it picks the master key.
        """
        ...

    def decode(self, text: str) -> RefreshToken:
        """Raises InvalidGrant for what ``encode`` did not make, without asking the store."""
        ...
