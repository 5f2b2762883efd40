from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from domain.session import Session, SessionId
from domain.user import EmailAddress, User, UserId


class Directory(Protocol):
    """All there are, for the operator alone: a page of ``limit`` at a time, after the one given.

    Both methods raise StoreUnavailable.
    """

    def users(self, after: UserId, limit: int) -> Sequence[tuple[User, datetime | None]]:
        """By id, with when a second factor was set up, if one is; the first page comes after 0."""
        ...

    def live_sessions(
        self, now: datetime, after: tuple[UserId, SessionId], limit: int
    ) -> Sequence[tuple[EmailAddress, Session]]:
        """Those that live, with whose they are, by user and id; the first page after (0, b"")."""
        ...
