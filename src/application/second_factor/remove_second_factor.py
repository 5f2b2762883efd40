from dataclasses import dataclass
from datetime import datetime

from application.accounts.prove_owner import OwnersProof, ProveOwner
from application.ports.clock import Clock
from application.ports.unit_of_work import Transaction, UnitOfWork
from application.sessions.end_session import EndSession
from application.sessions.record_event import RecordEvent
from domain.second_factor import NoSecondFactor
from domain.security_event import SecurityEventKind
from domain.session import OPERATOR, Client, RevocationReason, SessionId
from domain.throttle import code_keys
from domain.user import EmailAddress, User, UserId, UserNotFound

_REASON = RevocationReason.SECOND_FACTOR_REMOVED


@dataclass(frozen=True, slots=True)
class RemoveSecondFactor:
    """Ask for the password alone from now on, and end all other sessions.

    Raises NoSecondFactor, and what ProveOwner raises.
    """

    uow: UnitOfWork
    prove_owner: ProveOwner
    end_session: EndSession
    record_event: RecordEvent
    clock: Clock

    def __call__(self, proof: OwnersProof) -> None:
        with self.prove_owner(proof) as (tx, user, now, _):
            self._remove(tx, user.id, now, proof.client, proof.session_id)
            tx.commit()

    def by_operator(self, email: EmailAddress) -> User:
        """For somebody who has lost the device and the recovery codes: ends all sessions.

        Raises UserNotFound or NoSecondFactor.
        """
        with self.uow.begin() as tx:
            user = tx.users.lock_by_email(email)
            if user is None:
                raise UserNotFound
            now = self.clock.now()
            self._remove(tx, user.id, now, OPERATOR, None)
            # Whoever has lost it has tried some codes, and shall not wait for that with the next.
            for key in code_keys(user.id, tx.sessions.networks_of(user.id)):
                tx.throttles.remove(key)
            tx.commit()
        return user

    def _remove(
        self,
        tx: Transaction,
        user_id: UserId,
        now: datetime,
        client: Client,
        session_id: SessionId | None,
    ) -> None:
        factor = tx.second_factors.of_user(user_id)
        if factor is None or not factor.is_active:
            raise NoSecondFactor("There is no second factor to remove.")
        tx.second_factors.remove(user_id)
        kind = SecurityEventKind.SECOND_FACTOR_REMOVED
        self.record_event(tx, kind, now, client, user_id, session_id)
        self.end_session.of_user(tx, user_id, _REASON, now, client, but=session_id)
