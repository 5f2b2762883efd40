from dataclasses import dataclass
from datetime import datetime

from application.ports.clock import Clock
from application.ports.rate_limiter import RateLimiter
from application.ports.refresh_tokens import RefreshTokens
from application.ports.unit_of_work import Transaction, UnitOfWork
from application.sessions.grant_tokens import GrantTokens, TokenGrant
from application.sessions.record_event import RecordEvent
from domain.errors import Invalid
from domain.security_event import SecurityEventKind
from domain.session import (
    Client,
    InvalidGrant,
    Presentation,
    RefreshToken,
    ReuseDetected,
    SessionPolicy,
)
from domain.throttle import network_of
from domain.user import UserId


class InvalidRefresh(Invalid):
    code = "R01"
    sentence = "The refresh token is missing."


@dataclass(frozen=True, slots=True)
class RefreshCommand:
    """``user_id`` is whom the client believes it is, where it says so."""

    refresh_token: str
    user_id: UserId | None
    client: Client


@dataclass(frozen=True, slots=True)
class Refresh:
    """Exchange a refresh token for the next one.

    Raises InvalidRefresh, InvalidGrant, TooManyRetries or TooManyRefreshes.
    """

    uow: UnitOfWork
    refresh_tokens: RefreshTokens
    grant_tokens: GrantTokens
    clock: Clock
    record_event: RecordEvent
    rate_limiter: RateLimiter
    policy: SessionPolicy

    def __call__(self, command: RefreshCommand) -> TokenGrant:
        if not command.refresh_token:
            raise InvalidRefresh
        self.rate_limiter.take(network_of(command.client.ip_address), self.clock.now())
        token = self.refresh_tokens.decode(command.refresh_token)
        with self.uow.begin() as tx:
            # Not before: the grace period is not to pass while one waits for others to write.
            now = self.clock.now()
            presentation = self._present(tx, token, now)
            user = tx.users.get(presentation.session.user_id)
            if user is None or not user.is_enabled or command.user_id not in (None, user.id):
                raise InvalidGrant
            if isinstance(presentation, ReuseDetected):
                session = presentation.session
                kind = SecurityEventKind.REFRESH_TOKEN_REUSED
                self.record_event(tx, kind, now, command.client, session.user_id, session.id)
            tx.commit()
        if isinstance(presentation, ReuseDetected):
            raise InvalidGrant
        return self.grant_tokens(user, presentation.session, presentation.successor, now)

    def _present(self, tx: Transaction, token: RefreshToken, now: datetime) -> Presentation:
        """Decide on what is stored, and again when another request was quicker to change it."""
        while True:
            session = tx.sessions.get(token.session_id)
            if session is None:
                raise InvalidGrant
            presentation = session.present(token, now, self.policy)
            if tx.sessions.replace(session, presentation.session):
                return presentation
