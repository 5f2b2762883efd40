from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from application.ports.one_time_codes import OneTimeCodes
from application.ports.unit_of_work import Transaction
from application.sessions.record_event import RecordEvent
from domain.second_factor import CodeRequired, LateCode, Proof, SecondFactor, WrongCode
from domain.security_event import SecurityEventKind
from domain.session import Client
from domain.throttle import (
    Throttle,
    ThrottlePolicy,
    TooManyCodes,
    missing_code_key,
)
from domain.user import UserId


@dataclass(frozen=True, slots=True)
class CheckSecondFactor:
    """Demand a code from a user whose password was right: shared by all who ask for one.

    It is called in a transaction that holds the user and has changed nothing yet. A code is used
    up with what it was given for, or not at all; a refusal is counted and recorded, for which the
    transaction is committed. Raises CodeRequired, WrongCode, TooManyCodes or
    UnreadableSecondFactor.
    """

    one_time_codes: OneTimeCodes
    record_event: RecordEvent
    throttle_policy: ThrottlePolicy

    def at_login(
        self, tx: Transaction, user_id: UserId, code: str, now: datetime, client: Client
    ) -> Proof | None:
        """The same, and a login without a code is told of where the owner never came from."""
        factor = _active(tx, user_id)
        if factor is not None and not code:
            self._tell_of_none(tx, factor, now, client)
        return self._demand(tx, factor, code, now, client)

    def __call__(
        self, tx: Transaction, user_id: UserId, code: str, now: datetime, client: Client
    ) -> Proof | None:
        """What the user has proved it by; None where no second factor is active."""
        return self._demand(tx, _active(tx, user_id), code, now, client)

    def again(self, tx: Transaction, user_id: UserId, code: str, now: datetime) -> Proof | None:
        """For who has just proved it with the code, and lost the answer; None for anyone else."""
        factor = tx.second_factors.of_user(user_id)
        if factor is None or not factor.was_just_used(code, now):
            return None
        return Proof.by(code)

    def present(
        self, tx: Transaction, factor: SecondFactor, code: str, now: datetime, client: Client
    ) -> SecondFactor:
        """The factor with the code used up, for the caller to keep."""
        user_id = factor.user_id
        attempted = self._attempt(tx, factor, now, client)
        try:
            used = factor.present(
                code, now, lambda step: self.one_time_codes.code(user_id, factor.sealed_seed, step)
            )
        except WrongCode as refusal:
            # Nobody guesses a code that was right a moment ago.
            if not isinstance(refusal, LateCode):
                tx.throttles.save(attempted)
            kind = SecurityEventKind.CODE_FAILED
            self.record_event(tx, kind, now, client, user_id, detail=refusal.detail)
            tx.commit()
            raise
        tx.throttles.remove(attempted.key)
        tx.throttles.remove(missing_code_key(user_id))
        return used

    def _demand(
        self, tx: Transaction, factor: SecondFactor | None, code: str, now: datetime, client: Client
    ) -> Proof | None:
        if factor is None:
            return None
        if not code:
            raise CodeRequired
        tx.second_factors.put(self.present(tx, factor, code, now, client))
        return Proof.by(code)

    def _attempt(
        self, tx: Transaction, factor: SecondFactor, now: datetime, client: Client
    ) -> Throttle:
        key, limit = self.throttle_policy.limit_for_codes(
            factor.user_id, client.ip_address, is_known=_is_known(tx, factor, client)
        )
        return tx.throttles.lock(key, now).attempt(now, limit, TooManyCodes)

    def _tell_of_none(
        self, tx: Transaction, factor: SecondFactor, now: datetime, client: Client
    ) -> None:
        """It is no guess and makes nobody wait: it is counted so that the events stay few."""
        if _is_known(tx, factor, client):
            return
        throttle = tx.throttles.lock(missing_code_key(factor.user_id), now)
        with suppress(TooManyCodes):
            tx.throttles.save(throttle.attempt(now, self.throttle_policy.account, TooManyCodes))
            self.record_event(tx, SecurityEventKind.CODE_MISSING, now, client, factor.user_id)
            tx.commit()
            raise CodeRequired


def _active(tx: Transaction, user_id: UserId) -> SecondFactor | None:
    factor = tx.second_factors.of_user(user_id)
    return factor if factor is not None and factor.is_active else None


def _is_known(tx: Transaction, factor: SecondFactor, client: Client) -> bool:
    """Whether the owner came from there with a code: before, others may have come, too."""
    since = factor.confirmed_at or factor.begun_at
    return tx.sessions.began_near(factor.user_id, client.ip_address, since)
