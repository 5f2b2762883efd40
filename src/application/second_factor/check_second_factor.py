from dataclasses import dataclass
from datetime import datetime

from application.ports.one_time_codes import OneTimeCodes
from application.ports.unit_of_work import Transaction
from application.sessions.end_session import EndSession
from application.sessions.record_event import RecordEvent
from domain.second_factor import (
    CodeRequired,
    Proof,
    SecondFactor,
    SecondFactorRequired,
    WrongCode,
)
from domain.security_event import SecurityEventKind
from domain.session import Client, RevocationReason, SessionId
from domain.throttle import ThrottlePolicy, TooManyCodes
from domain.user import User, UserId


@dataclass(frozen=True, slots=True)
class CheckSecondFactor:
    """Demand the second factor of a user whose password was right: shared by all who ask for one.

    It is called in a transaction that holds the user and has changed nothing yet. A code is used
    up with what it was given for, or not at all; a wrong one is counted, for which the transaction
    is committed. The first code of a pending factor makes it active, and ends all sessions but the
    caller's. Raises CodeRequired, WrongCode, TooManyCodes, UnreadableSecondFactor, and where each
    user ``must_have`` one, SecondFactorRequired.
    """

    one_time_codes: OneTimeCodes
    end_session: EndSession
    record_event: RecordEvent
    throttle_policy: ThrottlePolicy
    must_have: bool

    def __call__(
        self,
        tx: Transaction,
        user: User,
        code: str,
        now: datetime,
        client: Client,
        session_id: SessionId | None = None,
    ) -> Proof | None:
        """What the user has proved it by; None where there is nothing to prove."""
        factor = tx.second_factors.of_user(user.id)
        if factor is None or not (factor.is_active or code):
            if self.must_have:
                raise SecondFactorRequired
            return None
        if not code:
            raise CodeRequired
        tx.second_factors.put(self._present(tx, factor, code, now, client))
        if not factor.is_active:
            self._tell_of_first_code(tx, user.id, now, client, session_id)
        return Proof.by(code)

    def again(self, tx: Transaction, user: User, code: str) -> Proof | None:
        """For who has just proved it with the code, and lost the answer; None for anyone else."""
        factor = tx.second_factors.of_user(user.id)
        if factor is None or not factor.was_used_last(code):
            return None
        return Proof.by(code)

    def _present(
        self, tx: Transaction, factor: SecondFactor, code: str, now: datetime, client: Client
    ) -> SecondFactor:
        user_id = factor.user_id
        owners = tx.sessions.addresses_of(user_id)
        key, limit = self.throttle_policy.limit_for_codes(user_id, client.ip_address, owners)
        attempted = tx.throttles.lock(key, now).attempt(now, limit, TooManyCodes)
        try:
            used = factor.present(
                code, now, lambda step: self.one_time_codes.code(user_id, factor.sealed_seed, step)
            )
        except WrongCode:
            tx.throttles.save(attempted)
            self.record_event(tx, SecurityEventKind.CODE_FAILED, now, client, user_id)
            tx.commit()
            raise
        tx.throttles.remove(key)
        return used

    def _tell_of_first_code(
        self,
        tx: Transaction,
        user_id: UserId,
        now: datetime,
        client: Client,
        session_id: SessionId | None,
    ) -> None:
        kind = SecurityEventKind.SECOND_FACTOR_ADDED
        self.record_event(tx, kind, now, client, user_id, session_id)
        reason = RevocationReason.SECOND_FACTOR_ADDED
        self.end_session.of_user(tx, user_id, reason, now, client, but=session_id)
