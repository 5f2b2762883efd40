from dataclasses import dataclass
from datetime import datetime

from application.ports.unit_of_work import Transaction
from application.second_factor.check_second_factor import CheckSecondFactor
from application.sessions.end_session import EndSession
from application.sessions.record_event import RecordEvent
from domain.second_factor import Proof
from domain.security_event import SecurityEventKind
from domain.session import Client, RevocationReason, SessionId
from domain.user import User


@dataclass(frozen=True, slots=True)
class ActivateSecondFactor:
    """Ask for a second factor from its first code on, and end all sessions but the one given.

    Called like CheckSecondFactor, of which it raises what comes of a code.
    """

    check_second_factor: CheckSecondFactor
    end_session: EndSession
    record_event: RecordEvent

    def __call__(
        self,
        tx: Transaction,
        user: User,
        code: str,
        now: datetime,
        client: Client,
        session_id: SessionId | None = None,
    ) -> Proof | None:
        """None where no second factor waits for its first code."""
        factor = tx.second_factors.of_user(user.id)
        if factor is None or not factor.awaits_first_code(user, now):
            return None
        tx.second_factors.put(self.check_second_factor.present(tx, factor, code, now, client))
        kind = SecurityEventKind.SECOND_FACTOR_ADDED
        self.record_event(tx, kind, now, client, user.id, session_id)
        reason = RevocationReason.SECOND_FACTOR_ADDED
        self.end_session.of_user(tx, user.id, reason, now, client, but=session_id)
        return Proof.by(code)
