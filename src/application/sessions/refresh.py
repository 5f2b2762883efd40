from dataclasses import dataclass
from datetime import datetime

from application.ports.clock import Clock
from application.ports.ids import Ids
from application.ports.refresh_tokens import RefreshTokens
from application.ports.unit_of_work import Transaction, UnitOfWork
from application.sessions.grant_tokens import GrantTokens, TokenGrant
from domain.errors import Invalid
from domain.security_event import SecurityEvent, SecurityEventKind
from domain.session import (
    Client,
    InvalidGrant,
    Presentation,
    RefreshToken,
    ReuseDetected,
    Session,
    SessionPolicy,
)
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

    Raises InvalidRefresh, InvalidGrant or TooManyRetries.
    """

    uow: UnitOfWork
    refresh_tokens: RefreshTokens
    grant_tokens: GrantTokens
    clock: Clock
    ids: Ids
    policy: SessionPolicy

    def __call__(self, command: RefreshCommand) -> TokenGrant:
        if not command.refresh_token:
            raise InvalidRefresh
        token = self.refresh_tokens.decode(command.refresh_token)
        now = self.clock.now()
        with self.uow.begin() as tx:
            presentation = self._present(tx, token, now)
            user = tx.users.get(presentation.session.user_id)
            if user is None or not user.is_enabled or command.user_id not in (None, user.id):
                raise InvalidGrant
            if isinstance(presentation, ReuseDetected):
                tx.security_events.add(self._reuse(presentation.session, command.client, now))
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

    def _reuse(self, session: Session, client: Client, now: datetime) -> SecurityEvent:
        return SecurityEvent(
            id=self.ids.security_event_id(),
            kind=SecurityEventKind.REFRESH_TOKEN_REUSED,
            at=now,
            user_id=session.user_id,
            session_id=session.id,
            ip_address=client.ip_address,
            user_agent=client.user_agent,
        )
