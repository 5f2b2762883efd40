from dataclasses import dataclass

from application.ports.clock import Clock
from application.ports.unit_of_work import UnitOfWork
from application.second_factor.check_second_factor import CheckSecondFactor
from domain.second_factor import CodeRequired, NoSecondFactor, SecondFactorExists
from domain.session import Client, SessionId, require_live
from domain.user import UserGone


@dataclass(frozen=True, slots=True)
class ConfirmSecondFactor:
    """Make a pending second factor active by a first code, and end all other sessions.

    Raises NoSecondFactor, SecondFactorExists, what CheckSecondFactor raises, UserGone, and
    InvalidAccessToken when the caller's own session has ended meanwhile.
    """

    uow: UnitOfWork
    check_second_factor: CheckSecondFactor
    clock: Clock

    def __call__(self, session_id: SessionId, code: str, client: Client) -> None:
        now = self.clock.now()
        with self.uow.begin() as tx:
            session = require_live(tx.sessions.get(session_id), now)
            user = tx.users.lock(session.user_id)
            if user is None:
                raise UserGone
            factor = tx.second_factors.of_user(user.id)
            if factor is None:
                raise NoSecondFactor
            if factor.is_active:
                raise SecondFactorExists
            if not self.check_second_factor(tx, user, code, now, client, session_id):
                raise CodeRequired
            tx.commit()
