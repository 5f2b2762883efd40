from dataclasses import dataclass
from datetime import timedelta

from application.ports.access_tokens import AccessTokens
from application.ports.clock import Clock
from application.ports.unit_of_work import UnitOfWork
from domain.session import AccessToken, InvalidAccessToken


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
        if lifetime is None or not lifetime.is_live(now):
            raise InvalidAccessToken
        return token
