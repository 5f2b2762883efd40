from collections.abc import Container
from dataclasses import dataclass

from application.accounts.verify_password import VerifyPassword
from application.ports.clock import Clock
from application.ports.password_hasher import PasswordHasher
from application.ports.unit_of_work import UnitOfWork
from application.second_factor.check_second_factor import CheckSecondFactor
from application.sessions.end_session import EndSession
from application.sessions.record_event import RecordEvent
from domain.password import PasswordMismatch, check_password
from domain.security_event import SecurityEventKind
from domain.session import Client, RevocationReason, SessionId, require_lasting
from domain.user import UserGone, UserId, WrongPassword


@dataclass(frozen=True, slots=True)
class ChangePasswordCommand:
    user_id: UserId
    session_id: SessionId
    current_password: str
    new_password: str
    confirm_password: str
    client: Client
    code: str = ""


@dataclass(frozen=True, slots=True)
class ChangePassword:
    """Change the password, and end all other sessions and any link that sets one, at once.

    Raises WrongPassword, TooManyAttempts, PasswordMismatch, WeakPassword or UserGone, what
    CheckSecondFactor raises, and InvalidAccessToken when the caller's own session has ended.
    """

    uow: UnitOfWork
    hasher: PasswordHasher
    verify_password: VerifyPassword
    check_second_factor: CheckSecondFactor
    common_passwords: Container[str]
    end_session: EndSession
    record_event: RecordEvent
    clock: Clock

    def __call__(self, command: ChangePasswordCommand) -> None:
        with self.uow.read() as tx:
            user = tx.users.get(command.user_id)
        if user is None:
            raise UserGone
        if not self.verify_password(user, user.email, command.current_password, command.client):
            raise WrongPassword
        if command.new_password != command.confirm_password:
            raise PasswordMismatch
        check_password(
            command.new_password,
            email=user.email,
            names=(user.first_name, user.last_name),
            common=self.common_passwords,
        )
        new_hash = self.hasher.hash(command.new_password)
        if not self._change(command, user.password_hash, new_hash):
            # Another change was quicker, or a login hashed the password anew: ask again.
            self(command)

    def _change(self, command: ChangePasswordCommand, old_hash: str, new_hash: str) -> bool:
        """False when the password that was verified is not the user's any more."""
        with self.uow.begin() as tx:
            user = tx.users.lock(command.user_id)
            # Not before: a login that comes between would seem to be one with the new password.
            now = self.clock.now()
            if user is None:
                raise UserGone
            if user.password_hash != old_hash:
                return False
            require_lasting(tx.sessions.get(command.session_id), now)
            self.check_second_factor(tx, user.id, command.code, now, command.client)
            tx.users.save(user.change_password(new_hash, now))
            tx.password_resets.remove(user.id)
            reason, own = RevocationReason.PASSWORD_CHANGED, command.session_id
            self.end_session.of_user(tx, user.id, reason, now, command.client, but=own)
            kind = SecurityEventKind.PASSWORD_CHANGED
            self.record_event(tx, kind, now, command.client, user.id, command.session_id)
            tx.commit()
        return True
