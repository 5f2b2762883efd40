from dataclasses import dataclass
from datetime import datetime

from application.ports.unit_of_work import Transaction
from application.sessions.record_event import RecordEvent
from domain.security_event import SecurityEventKind
from domain.session import Client, RevocationReason, SessionId, SessionPolicy, surplus
from domain.user import UserId


@dataclass(frozen=True, slots=True)
class EndSession:
    """Revoke a session and say so: shared by all that end one.

    One that has ended, be it by itself, stays as it is and is not told of again.

    Once the transaction is committed, none of the session's tokens is accepted anywhere.
    """

    record_event: RecordEvent

    def __call__(
        self,
        tx: Transaction,
        session_id: SessionId,
        reason: RevocationReason,
        now: datetime,
        client: Client,
    ) -> bool:
        """False when it had ended."""
        # A refresh that comes between is decided anew: the end wins.
        while (session := tx.sessions.get(session_id)) and session.lifetime.is_live(now):
            if tx.sessions.replace(session, session.revoke(now, reason)):
                if not session.is_retired:
                    kind = SecurityEventKind.SESSION_ENDED
                    self.record_event(tx, kind, now, client, session.user_id, session_id, reason)
                return True
        return False

    def of_user(
        self,
        tx: Transaction,
        user_id: UserId,
        reason: RevocationReason,
        now: datetime,
        client: Client,
        *,
        but: SessionId | None = None,
    ) -> int:
        """All of the user's; how many. The transaction holds the user: no login is missed."""
        live = tx.sessions.live_of_user(user_id, now)
        return sum(self(tx, it.id, reason, now, client) for it in live if it.id != but)

    def for_another(
        self,
        tx: Transaction,
        user_id: UserId,
        now: datetime,
        client: Client,
        policy: SessionPolicy,
        *,
        but: SessionId | None = None,
    ) -> None:
        """Those that must end for one more of the user's to begin, whom the transaction holds."""
        live = [it for it in tx.sessions.live_of_user(user_id, now) if it.id != but]
        for session in surplus(live, policy.sessions - 1):
            self(tx, session.id, RevocationReason.TOO_MANY_SESSIONS, now, client)
