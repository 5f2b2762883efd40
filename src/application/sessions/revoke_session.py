from dataclasses import dataclass

from application.ports.clock import Clock
from application.ports.unit_of_work import UnitOfWork
from application.sessions.end_session import EndSession
from domain.session import (
    Client,
    RevocationReason,
    SessionId,
    SessionNotFound,
    SessionPolicy,
    require_live,
)


@dataclass(frozen=True, slots=True)
class RevokeSessionCommand:
    """``caller`` is the session that asks for ``session_id`` to end."""

    caller: SessionId
    session_id: SessionId
    client: Client


@dataclass(frozen=True, slots=True)
class RevokeSession:
    """End a session of one's own, wherever it is.

    Raises SessionNotFound, also for another user's, ReauthenticationRequired unless it is the
    caller's own session, and InvalidAccessToken when the caller's own has ended meanwhile.
    """

    uow: UnitOfWork
    end_session: EndSession
    clock: Clock
    policy: SessionPolicy

    def __call__(self, command: RevokeSessionCommand) -> None:
        now = self.clock.now()
        with self.uow.begin() as tx:
            caller = require_live(tx.sessions.get(command.caller), now)
            session = tx.sessions.get(command.session_id)
            if (
                session is None
                or session.user_id != caller.user_id
                or not session.lifetime.is_live(now)
            ):
                raise SessionNotFound
            if session.id == caller.id:
                reason = RevocationReason.LOGOUT
            else:
                caller.require_recent_authentication(now, self.policy)
                reason = RevocationReason.LOGGED_OUT_ELSEWHERE
            self.end_session(tx, session.id, reason, now, command.client)
            tx.commit()
