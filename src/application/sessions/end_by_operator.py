from dataclasses import dataclass

from application.ports.clock import Clock
from application.ports.unit_of_work import UnitOfWork
from application.sessions.end_session import EndSession
from domain.session import OPERATOR, RevocationReason, SessionId, SessionNotFound
from domain.user import EmailAddress, UserNotFound

_REASON = RevocationReason.ENDED_BY_OPERATOR


@dataclass(frozen=True, slots=True)
class EndByOperator:
    """End anybody's session. Raises SessionNotFound for one that does not live."""

    uow: UnitOfWork
    end_session: EndSession
    clock: Clock

    def __call__(self, session_id: SessionId) -> None:
        now = self.clock.now()
        with self.uow.begin() as tx:
            if not self.end_session(tx, session_id, _REASON, now, OPERATOR):
                raise SessionNotFound
            tx.commit()

    def of_user(self, email: EmailAddress) -> int:
        """End all sessions of a user; how many they were. Raises UserNotFound."""
        now = self.clock.now()
        with self.uow.begin() as tx:
            user = tx.users.lock_by_email(email)
            if user is None:
                raise UserNotFound
            ended = self.end_session.of_user(tx, user.id, _REASON, now, OPERATOR)
            tx.commit()
        return ended
