"""A link with which somebody who has forgotten their password sets a new one, once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import NewType

from domain.errors import Conflict, Invalid
from domain.user import UserId

PasswordResetToken = NewType("PasswordResetToken", str)
"""What the link holds: 256 random bits in base64url characters."""


class InvalidPasswordReset(Invalid):
    """Never says whether the link is unknown, too old or used."""

    code = "P01"
    sentence = "This link sets no password: it works once, and for a limited time. Ask for another."


class UserIsDisabled(Conflict):
    """For the operator alone."""

    code = "U02"
    sentence = "This user is disabled. Enable the user first."


@dataclass(frozen=True, slots=True)
class PasswordReset:
    """A user has one at most. It holds the token's hash, so that who reads it can't use it."""

    user_id: UserId
    token_hash: bytes
    expires_at: datetime

    @classmethod
    def issue(
        cls, user_id: UserId, token: PasswordResetToken, now: datetime, lifetime: timedelta
    ) -> "PasswordReset":
        return cls(user_id, hash_of(token), now + lifetime)

    def is_live(self, now: datetime) -> bool:
        return now < self.expires_at


def hash_of(token: PasswordResetToken) -> bytes:
    """Of any text, since anybody may send one. So much chance needs no slow hash."""
    return sha256(token.encode(errors="surrogatepass")).digest()
