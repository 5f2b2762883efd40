from dataclasses import dataclass

from application.accounts.verify_credentials import VerifyCredentials
from application.ports.clock import Clock
from application.ports.ids import Ids
from application.ports.password_hasher import PasswordHasher
from application.ports.unit_of_work import UnitOfWork
from application.second_factor.activate_second_factor import ActivateSecondFactor
from application.second_factor.check_second_factor import CheckSecondFactor
from application.sessions.end_session import EndSession
from application.sessions.grant_tokens import GrantTokens, TokenGrant
from application.sessions.record_event import RecordEvent
from domain.second_factor import SecondFactorRequired
from domain.security_event import SecurityEventKind
from domain.session import Client, Session, SessionPolicy
from domain.user import User


@dataclass(frozen=True, slots=True)
class LoginCommand:
    email: str
    password: str
    client: Client
    code: str = ""


@dataclass(frozen=True, slots=True)
class Login:
    """Begin a session. Where a user has too many, another ends.

    Raises what VerifyCredentials raises; once the password is right, what CheckSecondFactor raises,
    and SecondFactorRequired where nobody logs in without one.
    """

    uow: UnitOfWork
    hasher: PasswordHasher
    verify_credentials: VerifyCredentials
    check_second_factor: CheckSecondFactor
    activate_second_factor: ActivateSecondFactor
    end_session: EndSession
    grant_tokens: GrantTokens
    record_event: RecordEvent
    clock: Clock
    ids: Ids
    policy: SessionPolicy
    must_have_second_factor: bool

    def __call__(self, command: LoginCommand) -> TokenGrant:
        known = self.verify_credentials(command.email, command.password, command.client)
        new_hash = self._rehashed(known.password_hash, command.password)
        grant = self._begin_session(known, new_hash, command)
        # The password changed while it was verified, or another login hashed it anew: ask again.
        return grant if grant is not None else self(command)

    def _rehashed(self, password_hash: str, password: str) -> str:
        if not self.hasher.needs_rehash(password_hash):
            return password_hash
        return self.hasher.hash(password)

    def _begin_session(
        self, verified: User, new_hash: str, command: LoginCommand
    ) -> TokenGrant | None:
        """None when the password that was verified is not the user's any more."""
        client = command.client
        with self.uow.begin() as tx:
            user = self.verify_credentials.hold(tx, verified)
            now = self.clock.now()
            if user is None:
                return None
            proof = self.check_second_factor.at_login(tx, user.id, command.code, now, client)
            if proof is None and command.code:
                proof = self.activate_second_factor(tx, user, command.code, now, client)
            if proof is None and self.must_have_second_factor:
                raise SecondFactorRequired
            if new_hash != user.password_hash:
                user = user.with_password_hash(new_hash)
                tx.users.save(user)
            self.end_session.for_another(tx, user.id, now, client, self.policy)
            session, refresh_token = Session.start(
                self.ids.session_id(), user.id, self.ids.session_secret(), client, now, self.policy
            )
            tx.sessions.add(session)
            kind = SecurityEventKind.LOGGED_IN
            self.record_event(tx, kind, now, client, user.id, session.id, proof or "")
            tx.commit()
        return self.grant_tokens(user, session, refresh_token, now)
