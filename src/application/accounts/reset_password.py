from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime

from application.ports.clock import Clock
from application.ports.password_hasher import PasswordHasher
from application.ports.unit_of_work import Repositories, UnitOfWork
from application.sessions.end_session import EndSession
from application.sessions.record_event import RecordEvent
from domain.password import PasswordMismatch, check_password
from domain.password_reset import InvalidPasswordReset, PasswordResetToken, hash_of
from domain.security_event import SecurityEventKind
from domain.session import Client, RevocationReason
from domain.throttle import (
    Limit,
    TooManyPasswordResets,
    account_at_known_address_key,
    account_key,
    password_reset_key,
)
from domain.user import User


@dataclass(frozen=True, slots=True)
class ResetPasswordCommand:
    token: PasswordResetToken
    new_password: str
    confirm_password: str
    client: Client


@dataclass(frozen=True, slots=True)
class ResetPassword:
    """Set a password by a link, which is used up by it, and end all sessions of the user.

    A link that is good always works; only those that are not are counted. Raises PasswordMismatch,
    InvalidPasswordReset, TooManyPasswordResets, WeakPassword or HasherBusy.
    """

    uow: UnitOfWork
    hasher: PasswordHasher
    common_passwords: Container[str]
    end_session: EndSession
    record_event: RecordEvent
    clock: Clock
    limit: Limit

    def __call__(self, command: ResetPasswordCommand) -> None:
        if command.new_password != command.confirm_password:
            raise PasswordMismatch
        with self.uow.read() as tx:
            user = _user_of(tx, command.token, self.clock.now())
        if user is None:
            self._count(command.client)
            raise InvalidPasswordReset
        check_password(
            command.new_password,
            email=user.email,
            names=(user.first_name, user.last_name),
            common=self.common_passwords,
        )
        self._set(command, user, self.hasher.hash(command.new_password))

    def _count(self, client: Client) -> None:
        now = self.clock.now()
        key = password_reset_key(client.ip_address)
        with self.uow.begin() as tx:
            throttle = tx.throttles.lock(key, now)
            tx.throttles.save(throttle.attempt(now, self.limit, TooManyPasswordResets))
            tx.commit()

    def _set(self, command: ResetPasswordCommand, found: User, new_hash: str) -> None:
        client = command.client
        with self.uow.begin() as tx:
            tx.users.lock(found.id)
            # Not before: a login that comes between would seem to be one with the new password.
            now = self.clock.now()
            # Hashing took its time: only what is still so counts.
            user = _user_of(tx, command.token, now)
            if user is None:
                raise InvalidPasswordReset
            tx.users.save(user.change_password(new_hash, now))
            tx.password_resets.remove(user.id)
            reason = RevocationReason.PASSWORD_RESET
            self.end_session.of_user(tx, user.id, reason, now, client)
            # Whoever had forgotten it has tried some others, and shall not wait for that.
            tx.throttles.remove(account_key(user.email))
            tx.throttles.remove(account_at_known_address_key(user.email, client.ip_address))
            self.record_event(tx, SecurityEventKind.PASSWORD_RESET, now, client, user.id)
            tx.commit()


def _user_of(tx: Repositories, token: PasswordResetToken, now: datetime) -> User | None:
    reset = tx.password_resets.by_token_hash(hash_of(token))
    if reset is None or not reset.is_live(now):
        return None
    user = tx.users.get(reset.user_id)
    return user if user is not None and user.is_enabled else None
