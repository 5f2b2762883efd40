from dataclasses import dataclass

from application.ports.clock import Clock
from application.ports.unit_of_work import UnitOfWork
from application.second_factor.activate_second_factor import ActivateSecondFactor
from domain.second_factor import NoSecondFactor, SecondFactorExists
from domain.session import Client, InvalidAccessToken, SessionId, require_lasting

_TOO_LATE = "The hour for its first code is over, or the password has changed. Set it up anew."


@dataclass(frozen=True, slots=True)
class ConfirmSecondFactor:
    """Make a pending second factor active by a first code, and end all other sessions.

    Whoever lost the answer may ask once more. Raises NoSecondFactor, SecondFactorExists, WrongCode,
    TooManyCodes, UnreadableSecondFactor, and InvalidAccessToken when the caller's own
    session has ended meanwhile, or is about to.
    """

    uow: UnitOfWork
    activate_second_factor: ActivateSecondFactor
    clock: Clock

    def __call__(self, session_id: SessionId, code: str, client: Client) -> None:
        with self.uow.begin() as tx:
            found = tx.sessions.get(session_id)
            user = tx.users.lock(found.user_id) if found else None
            # Not before: what ended, or was begun, while others held the user counts.
            now = self.clock.now()
            require_lasting(tx.sessions.get(session_id), now)
            if user is None:
                raise InvalidAccessToken
            factor = tx.second_factors.of_user(user.id)
            if factor is None:
                raise NoSecondFactor
            if factor.is_active:
                if factor.was_just_used(code, now):
                    return
                raise SecondFactorExists
            if not self.activate_second_factor(tx, user, code, now, client, session_id):
                raise NoSecondFactor(_TOO_LATE)
            tx.commit()
