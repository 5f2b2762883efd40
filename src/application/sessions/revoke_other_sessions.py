from dataclasses import dataclass

from application.ports.clock import Clock
from application.ports.unit_of_work import UnitOfWork
from application.sessions.end_session import EndSession
from domain.session import (
    Client,
    RevocationReason,
    SessionId,
    SessionPolicy,
    require_lasting,
)


@dataclass(frozen=True, slots=True)
class RevokeOtherSessions:
    """End all of a user's sessions but the caller's.

    Raises ReauthenticationRequired, and InvalidAccessToken when the caller's has ended meanwhile.
    """

    uow: UnitOfWork
    end_session: EndSession
    clock: Clock
    policy: SessionPolicy

    def __call__(self, caller: SessionId, client: Client) -> None:
        now = self.clock.now()
        with self.uow.begin() as tx:
            session = require_lasting(tx.sessions.get(caller), now)
            # Held, so that no login comes between and is missed.
            tx.users.lock(session.user_id)
            # Whoever held the user before may have ended it.
            session = require_lasting(tx.sessions.get(caller), now)
            session.require_recent_authentication(now, self.policy)
            reason = RevocationReason.LOGGED_OUT_ELSEWHERE
            self.end_session.of_user(tx, session.user_id, reason, now, client, but=caller)
            tx.commit()
