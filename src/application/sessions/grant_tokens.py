from dataclasses import dataclass
from datetime import datetime

from application.ports.access_tokens import AccessTokens
from application.ports.ids import Ids
from application.ports.refresh_tokens import RefreshTokens
from domain.session import AccessToken, RefreshToken, Session, SessionPolicy
from domain.user import User


@dataclass(frozen=True, slots=True)
class TokenGrant:
    """What a client gets when it logs in or refreshes (RFC 6749, section 5.1)."""

    user: User
    access: AccessToken
    access_token: str
    refresh_token: str


@dataclass(frozen=True, slots=True)
class GrantTokens:
    """Write down a session's tokens: shared by login and refresh."""

    access_tokens: AccessTokens
    refresh_tokens: RefreshTokens
    ids: Ids
    policy: SessionPolicy

    def __call__(
        self, user: User, session: Session, refresh_token: RefreshToken, now: datetime
    ) -> TokenGrant:
        access = session.grant_access(self.ids.token_id(), now, self.policy)
        return TokenGrant(
            user=user,
            access=access,
            access_token=self.access_tokens.sign(access),
            refresh_token=self.refresh_tokens.encode(refresh_token, session.rotated_at),
        )
