from dataclasses import dataclass

from application.ports.clock import Clock
from application.ports.refresh_tokens import RefreshTokens
from application.ports.unit_of_work import UnitOfWork
from application.sessions.end_session import EndSession
from domain.session import Client, InvalidGrant, RevocationReason, SessionId


@dataclass(frozen=True, slots=True)
class Logout:
    """End the caller's session, who is known by an access token or else by a refresh token."""

    uow: UnitOfWork
    end_session: EndSession
    refresh_tokens: RefreshTokens
    clock: Clock

    def __call__(self, session_id: SessionId, client: Client) -> None:
        now = self.clock.now()
        with self.uow.begin() as tx:
            self.end_session(tx, session_id, RevocationReason.LOGOUT, now, client)
            tx.commit()

    def by_refresh_token(self, text: str, client: Client) -> None:
        """Raises InvalidGrant for a token that is no session's."""
        token = self.refresh_tokens.decode(text)
        with self.uow.read() as tx:
            session = tx.sessions.get(token.session_id)
        if session is None or not session.issued(token):
            raise InvalidGrant
        self(session.id, client)
