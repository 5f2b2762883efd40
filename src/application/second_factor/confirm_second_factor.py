from dataclasses import dataclass

from application.ports.clock import Clock
from application.ports.unit_of_work import UnitOfWork
from application.second_factor.activate_second_factor import ActivateSecondFactor
from domain.second_factor import NoSecondFactor, SecondFactorExists
from domain.session import Client, InvalidAccessToken, SessionId, require_live


@dataclass(frozen=True, slots=True)
class ConfirmSecondFactor:
    """Make a pending second factor active by a first code, and end all other sessions.

    Raises NoSecondFactor, SecondFactorExists, WrongCode, TooManyCodes, UnreadableSecondFactor, and
    InvalidAccessToken when the caller's own session has ended meanwhile, or is about to.
    """

    uow: UnitOfWork
    activate_second_factor: ActivateSecondFactor
    clock: Clock

    def __call__(self, session_id: SessionId, code: str, client: Client) -> None:
        now = self.clock.now()
        with self.uow.begin() as tx:
            user = tx.users.lock(require_live(tx.sessions.get(session_id), now).user_id)
            # Whoever held the user before may have ended it.
            session = require_live(tx.sessions.get(session_id), now)
            if user is None or session.is_retired:
                raise InvalidAccessToken
            factor = tx.second_factors.of_user(user.id)
            if factor is not None and factor.is_active:
                raise SecondFactorExists
            if not self.activate_second_factor(tx, user, code, now, client, session_id):
                raise NoSecondFactor
            tx.commit()
