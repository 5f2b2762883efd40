from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from domain.session import Session, SessionId, SessionLifetime
from domain.user import UserId


class Sessions(Protocol):
    """One row a session, from its login to its end."""

    def add(self, session: Session) -> None:
        """Raises UserGone when the user is there no more."""
        ...

    def get(self, session_id: SessionId) -> Session | None: ...

    def of_user(self, user_id: UserId) -> Sequence[Session]:
        """All of the user's sessions, ended ones too, newest first."""
        ...

    def live_of_user(self, user_id: UserId, now: datetime) -> Sequence[Session]:
        """Those of the user's sessions that live, newest first."""
        ...

    def began_near(self, user_id: UserId, address: str, since: datetime) -> bool:
        """Whether a session of the user's began in the address's network that had not ended by
        ``since``.
        """
        ...

    def networks_of(self, user_id: UserId) -> Collection[str]:
        """Where the user's sessions began, ended ones too: each network once."""
        ...

    def remove_ended(self, before: datetime) -> int:
        """Forget the sessions that had ended before then; how many there were."""
        ...

    def lifetime_of(self, user_id: UserId, session_id: SessionId) -> SessionLifetime | None:
        """What every authenticated request asks. None when the user has no such session."""
        ...

    def hold(self, user_id: UserId, session_id: SessionId) -> SessionLifetime | None:
        """The same, which no other transaction changes until this one ends."""
        ...

    def replace(self, before: Session, after: Session) -> bool:
        """Compare and set: store ``after`` if the session still stands as ``before``, else False.

        Whose a session is, where it began and, once it is revoked, since when, stay as they are.
        Atomic also between transactions: of several that replace the same state, one succeeds. It
        compares the generation, the grace hits, the absolute expiry and whether the session is
        revoked.
        """
        ...
