from typing import Protocol

from domain.session import Session, SessionId, SessionLifetime
from domain.user import UserId


class Sessions(Protocol):
    """One row a session, from its login to its end."""

    def add(self, session: Session) -> None: ...

    def get(self, session_id: SessionId) -> Session | None: ...

    def lifetime_of(self, user_id: UserId, session_id: SessionId) -> SessionLifetime | None:
        """What every authenticated request asks. None when the user has no such session."""
        ...

    def replace(self, before: Session, after: Session) -> bool:
        """Compare and set: store ``after`` if the session still stands as ``before``, else False.

        Atomic also between transactions: of several that replace the same state, one succeeds. It
        compares the generation, the grace hits and whether the session is revoked.
        """
        ...
