from dataclasses import dataclass

from application.ports.clock import Clock
from application.ports.unit_of_work import UnitOfWork
from domain.session import RevocationReason, SessionId


@dataclass(frozen=True, slots=True)
class Logout:
    """End a session: once this returns, none of its tokens is accepted anywhere."""

    uow: UnitOfWork
    clock: Clock

    def __call__(self, session_id: SessionId) -> None:
        now = self.clock.now()
        with self.uow.begin() as tx:
            while session := tx.sessions.get(session_id):
                # A refresh that came between is decided anew: the logout wins.
                if tx.sessions.replace(session, session.revoke(now, RevocationReason.LOGOUT)):
                    break
            tx.commit()
