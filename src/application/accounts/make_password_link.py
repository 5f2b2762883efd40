from dataclasses import dataclass, field
from datetime import datetime, timedelta

from application.ports.clock import Clock
from application.ports.ids import Ids
from application.ports.unit_of_work import UnitOfWork
from application.sessions.record_event import RecordEvent
from domain.password_reset import PasswordReset, PasswordResetToken, UserIsDisabled
from domain.security_event import SecurityEventKind
from domain.session import OPERATOR
from domain.user import EmailAddress, User, UserNotFound


@dataclass(frozen=True, slots=True)
class PasswordLink:
    """What goes to the user, and to nobody else."""

    user: User
    token: PasswordResetToken = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class MakePasswordLink:
    """Let a user set a new password once, without the old one. A link made before is void.

    Until it is used, password and sessions stay as they are. Raises UserNotFound or UserIsDisabled.
    """

    uow: UnitOfWork
    record_event: RecordEvent
    clock: Clock
    ids: Ids

    def __call__(self, email: EmailAddress, lifetime: timedelta) -> PasswordLink:
        now = self.clock.now()
        token = self.ids.password_reset_token()
        with self.uow.begin() as tx:
            user = tx.users.lock_by_email(email)
            if user is None:
                raise UserNotFound
            if not user.is_enabled:
                raise UserIsDisabled
            reset = PasswordReset.issue(user.id, token, now, lifetime)
            tx.password_resets.put(reset)
            self.record_event(tx, SecurityEventKind.PASSWORD_LINK_MADE, now, OPERATOR, user.id)
            tx.commit()
        return PasswordLink(user, token, reset.expires_at)
