from dataclasses import dataclass

from application.ports.clock import Clock
from application.ports.ids import Ids
from application.ports.password_hasher import PasswordHasher
from application.ports.unit_of_work import UnitOfWork
from application.sessions.grant_tokens import GrantTokens, TokenGrant
from domain.errors import Invalid, Unauthenticated
from domain.session import Client, Session, SessionPolicy
from domain.user import InvalidSignup, User, parse_email


class InvalidLogin(Invalid):
    code = "L01"
    sentence = "The email address or the password is missing."


class WrongCredentials(Unauthenticated):
    """Never says which of the two is wrong, nor that an account is disabled."""

    code = "L02"
    sentence = "The email address or the password is wrong."


@dataclass(frozen=True, slots=True)
class LoginCommand:
    email: str
    password: str
    client: Client


@dataclass(frozen=True, slots=True)
class Login:
    """Begin a session. Raises InvalidLogin or WrongCredentials.

    An unknown address costs as long as a wrong password: a password is verified either way.
    """

    uow: UnitOfWork
    hasher: PasswordHasher
    grant_tokens: GrantTokens
    clock: Clock
    ids: Ids
    policy: SessionPolicy

    def __call__(self, command: LoginCommand) -> TokenGrant:
        if not command.email or not command.password:
            raise InvalidLogin
        known = self._find(command.email)
        right = self.hasher.verify(command.password, known.password_hash if known else None)
        if known is None or not right:
            raise WrongCredentials
        new_hash = self._rehashed(known.password_hash, command.password)
        grant = self._begin_session(known, new_hash, command.client)
        # The password changed while it was verified, or another login hashed it anew: ask again.
        return grant if grant is not None else self(command)

    def _find(self, email: str) -> User | None:
        try:
            address = parse_email(email)
        except InvalidSignup:
            return None
        with self.uow.read() as tx:
            return tx.users.by_email(address)

    def _rehashed(self, password_hash: str, password: str) -> str:
        if not self.hasher.needs_rehash(password_hash):
            return password_hash
        return self.hasher.hash(password)

    def _begin_session(self, verified: User, new_hash: str, client: Client) -> TokenGrant | None:
        """None when the password that was verified is not the user's any more."""
        now = self.clock.now()
        session, refresh_token = Session.start(
            self.ids.session_id(), verified.id, self.ids.session_secret(), client, now, self.policy
        )
        with self.uow.begin() as tx:
            # Hashing took its time: only what is still so counts.
            user = tx.users.lock(verified.id)
            if user is None or not user.is_enabled:
                raise WrongCredentials
            if user.password_hash != verified.password_hash:
                return None
            if new_hash != user.password_hash:
                user = user.with_password_hash(new_hash)
                tx.users.save(user)
            tx.sessions.add(session)
            tx.commit()
        return self.grant_tokens(user, session, refresh_token, now)
