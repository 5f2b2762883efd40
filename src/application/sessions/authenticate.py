from dataclasses import dataclass
from datetime import datetime, timedelta

from application.ports.access_tokens import AccessTokens
from application.ports.clock import Clock
from application.ports.unit_of_work import Transaction, UnitOfWork
from domain.session import AccessToken, InvalidAccessToken, SessionLifetime


@dataclass(frozen=True, slots=True)
class Authenticate:
    """Who sends this access token, if its session still lives. Raises InvalidAccessToken.

    The session is looked up at every request: that is what makes a logout immediate.
    """

    uow: UnitOfWork
    access_tokens: AccessTokens
    clock: Clock
    leeway: timedelta

    def __call__(self, access_token: str) -> AccessToken:
        token = self.access_tokens.verify(access_token)
        now = self.clock.now()
        if token.is_expired(now, self.leeway):
            raise InvalidAccessToken
        with self.uow.read() as tx:
            lifetime = tx.sessions.lifetime_of(token.user_id, token.session_id)
        _require_live(lifetime, now)
        return token

    def until_commit(self, tx: Transaction, token: AccessToken | None) -> None:
        """Whether a token that was let in may still make the change; a logout then waits for it.

        Since then its sender may have taken time over the body, and the transaction waited for
        others. None is where no session asks, as in a program that has users of its own.
        """
        if token is None:
            return
        lifetime = tx.sessions.hold(token.user_id, token.session_id)
        now = self.clock.now()
        if token.is_expired(now, self.leeway):
            raise InvalidAccessToken
        _require_live(lifetime, now)


def _require_live(lifetime: SessionLifetime | None, now: datetime) -> None:
    if lifetime is None or not lifetime.is_live(now):
        raise InvalidAccessToken
