from collections.abc import Sequence
from dataclasses import dataclass

from application.ports.clock import Clock
from application.ports.unit_of_work import UnitOfWork
from domain.session import Session
from domain.user import EmailAddress, UserId, UserNotFound


@dataclass(frozen=True, slots=True)
class ListSessions:
    """Where a user is signed in: the sessions that live, newest first.

    One that another has followed is not told of, though its tokens may be good for a moment.
    """

    uow: UnitOfWork
    clock: Clock

    def __call__(self, user_id: UserId) -> Sequence[Session]:
        now = self.clock.now()
        with self.uow.read() as tx:
            live = tx.sessions.live_of_user(user_id, now)
        return [session for session in live if not session.is_retired]

    def by_operator(self, email: EmailAddress) -> Sequence[Session]:
        """Raises UserNotFound."""
        with self.uow.read() as tx:
            user = tx.users.by_email(email)
        if user is None:
            raise UserNotFound
        return self(user.id)
