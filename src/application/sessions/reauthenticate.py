from dataclasses import dataclass
from datetime import datetime

from application.accounts.verify_password import VerifyPassword
from application.ports.clock import Clock
from application.ports.ids import Ids
from application.ports.unit_of_work import Transaction, UnitOfWork
from application.sessions.grant_tokens import GrantTokens, TokenGrant
from application.sessions.record_event import RecordEvent
from domain.security_event import SecurityEventKind
from domain.session import (
    Client,
    InvalidAccessToken,
    RevocationReason,
    Session,
    SessionId,
    SessionPolicy,
)
from domain.user import User, WrongPassword


@dataclass(frozen=True, slots=True)
class ReauthenticateCommand:
    session_id: SessionId
    password: str
    client: Client


@dataclass(frozen=True, slots=True)
class Reauthenticate:
    """Put a new session in the place of one whose owner has just given the password again.

    A copy of the tokens of the one before opens nothing of what the password does, and they die
    with the grace period: till then a client that never got the answer asks again with them.
    Raises WrongPassword, TooManyAttempts, and InvalidAccessToken for a session that has ended.
    """

    uow: UnitOfWork
    verify_password: VerifyPassword
    grant_tokens: GrantTokens
    record_event: RecordEvent
    clock: Clock
    ids: Ids
    policy: SessionPolicy

    def __call__(self, command: ReauthenticateCommand) -> TokenGrant:
        with self.uow.read() as tx:
            session = tx.sessions.get(command.session_id)
            user = tx.users.get(session.user_id) if session else None
        if user is None:
            raise InvalidAccessToken
        if not self.verify_password(user, user.email, command.password, command.client):
            raise WrongPassword
        grant = self._replace_session(user, command)
        # The password changed while it was verified, or a login hashed it anew: ask again.
        return grant if grant is not None else self(command)

    def _replace_session(self, verified: User, command: ReauthenticateCommand) -> TokenGrant | None:
        """None when the password that was verified is not the user's any more."""
        now, client = self.clock.now(), command.client
        with self.uow.begin() as tx:
            # Hashing took its time: only what is still so counts.
            user = tx.users.lock(verified.id)
            if user is None:
                raise InvalidAccessToken
            if user.password_hash != verified.password_hash:
                return None
            before = self._retire(tx, command.session_id, now, client)
            session, refresh_token = before.succeed(
                self.ids.session_id(), self.ids.session_secret(), client, now, self.policy
            )
            tx.sessions.add(session)
            self.record_event(tx, SecurityEventKind.LOGGED_IN, now, client, user.id, session.id)
            tx.commit()
        return self.grant_tokens(user, session, refresh_token, now)

    def _retire(
        self, tx: Transaction, session_id: SessionId, now: datetime, client: Client
    ) -> Session:
        """Told of once: whoever asks again has lost the answer."""
        # A refresh that comes between is decided anew: the end wins.
        while (session := tx.sessions.get(session_id)) and session.lifetime.is_live(now):
            if session.is_retired:
                return session
            if tx.sessions.replace(session, session.retire(now, self.policy)):
                kind, why = SecurityEventKind.SESSION_ENDED, RevocationReason.PASSWORD_GIVEN_AGAIN
                self.record_event(tx, kind, now, client, session.user_id, session.id, why)
                return session
        raise InvalidAccessToken
