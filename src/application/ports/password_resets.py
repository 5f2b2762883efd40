from datetime import datetime
from typing import Protocol

from domain.password_reset import PasswordReset
from domain.user import UserId


class PasswordResets(Protocol):
    """``put`` and ``remove`` are only for a user whom this transaction has locked."""

    def put(self, reset: PasswordReset) -> None:
        """In place of the one that the user may have."""
        ...

    def by_token_hash(self, token_hash: bytes) -> PasswordReset | None: ...

    def remove(self, user_id: UserId) -> None:
        """The one that the user may have."""
        ...

    def remove_expired(self, now: datetime) -> int:
        """How many were removed."""
        ...
