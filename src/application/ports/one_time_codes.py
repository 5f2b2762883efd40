from datetime import datetime
from typing import Protocol

from domain.user import UserId


class OneTimeCodes(Protocol):
    """Time-based one-time passwords (RFC 6238) of 6 digits, by HMAC-SHA-1, which all apps know.

    A seed is sealed for one user: who has the store, and not the keys, can make no code. What is
    not sealed for the user, or with a key that is gone, raises UnreadableSecondFactor.
    """

    def new_seed(self, user_id: UserId, now: datetime) -> bytes:
        """160 random bits, sealed with the key of that time."""
        ...

    def reveal(self, user_id: UserId, sealed_seed: bytes) -> str:
        """The seed as an authenticator app reads it: base32 (RFC 4648, section 6)."""
        ...

    def code(self, user_id: UserId, sealed_seed: bytes, step: int) -> str:
        """What an authenticator app shows in that step."""
        ...

    def reseal(self, user_id: UserId, sealed_seed: bytes, now: datetime) -> bytes:
        """The same seed under the key of that time; itself where that is so already."""
        ...
