"""A session: what begins at a login, is carried on by rotating refresh tokens, and ends at once.

The refresh token of generation g is the session's secret together with g. The store keeps the
hash of the secret and the generation it expects next, so a session is one row however often it
is refreshed, and the answer to a lost response can be computed again from what was presented.
Rotation and reuse detection follow RFC 9700, section 4.14.2.
"""

import hmac
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import NewType

from domain.errors import Forbidden, Invalid, NotFound, TooManyRequests, Unauthenticated
from domain.user import UserId

SessionId = NewType("SessionId", bytes)
"""16 random bytes."""


class InvalidGrant(Invalid):
    """RFC 6749, section 5.2. Never says why: a thief would learn from it."""

    code = "invalid_grant"
    sentence = "The refresh token is invalid, expired or revoked. Log in again."


class TooManyRetries(TooManyRequests):
    """More retries of one lost response than a client needs. Nothing is revoked by it."""

    code = "R02"
    sentence = "This refresh token has been retried too often. Use the newest one."


class InvalidAccessToken(Unauthenticated):
    """RFC 6750, section 3.1."""

    code = "A02"
    sentence = "The access token is invalid or expired, or its session has ended."


class SessionNotFound(NotFound):
    code = "N01"
    sentence = "There is no such session."


class ReauthenticationRequired(Forbidden):
    """The session is good, but for what is asked the password must have been given recently."""

    code = "A03"
    sentence = "Enter your password again to do this."


class RevocationReason(StrEnum):
    ACCOUNT_DISABLED = "account_disabled"
    ENDED_BY_OPERATOR = "ended_by_operator"
    LOGOUT = "logout"
    LOGGED_OUT_ELSEWHERE = "logged_out_elsewhere"
    PASSWORD_CHANGED = "password_changed"
    PASSWORD_GIVEN_AGAIN = "password_given_again"
    PASSWORD_RESET = "password_reset"
    REUSE_DETECTED = "reuse_detected"
    SECOND_FACTOR_ADDED = "second_factor_added"
    SECOND_FACTOR_REMOVED = "second_factor_removed"
    TOO_MANY_SESSIONS = "too_many_sessions"


@dataclass(frozen=True, slots=True)
class SessionPolicy:
    """How long things last. ``grace`` of zero is strict: every second presentation is reuse.

    ``reauthentication`` is for how long a password, once given, allows what is sensitive;
    ``sessions`` is how many of a user's live at a time.
    """

    access_token: timedelta = timedelta(minutes=15)
    idle: timedelta = timedelta(days=14)
    maximum: timedelta = timedelta(days=90)
    grace: timedelta = timedelta(seconds=10)
    grace_hits: int = 10
    reauthentication: timedelta = timedelta(minutes=15)
    sessions: int = 200


@dataclass(frozen=True, slots=True)
class Client:
    """Where a session comes from, as the client tells it: shown to the owner, never trusted."""

    label: str
    user_agent: str
    ip_address: str


NOWHERE = Client(label="", user_agent="", ip_address="")
OPERATOR = Client(label="operator", user_agent="", ip_address="")
"""Who works on the server itself, at its command line."""


@dataclass(frozen=True, slots=True)
class RefreshToken:
    session_id: SessionId
    generation: int
    secret: bytes

    @property
    def successor(self) -> "RefreshToken":
        return RefreshToken(self.session_id, self.generation + 1, self.secret)


@dataclass(frozen=True, slots=True)
class AccessToken:
    """The claims of an access token (RFC 9068). Times are whole seconds, as in the token."""

    user_id: UserId
    session_id: SessionId
    token_id: str
    issued_at: datetime
    expires_at: datetime

    def is_expired(self, now: datetime, leeway: timedelta = timedelta(0)) -> bool:
        return now >= self.expires_at + leeway

    @property
    def lifetime(self) -> timedelta:
        return self.expires_at - self.issued_at


@dataclass(frozen=True, slots=True)
class SessionLifetime:
    """What decides whether a session lives: little, because every request asks for it."""

    idle_expires_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None

    @classmethod
    def live_from(
        cls, now: datetime, expires_at: datetime, policy: SessionPolicy
    ) -> "SessionLifetime":
        """Live until it has been idle for too long, and until ``expires_at`` at most."""
        return cls(min(now + policy.idle, expires_at), expires_at)

    def is_live(self, now: datetime) -> bool:
        return self.revoked_at is None and now < self.idle_expires_at and now < self.expires_at


@dataclass(frozen=True, slots=True)
class Session:
    id: SessionId
    user_id: UserId
    secret_hash: bytes
    generation: int
    created_at: datetime
    authenticated_at: datetime
    rotated_at: datetime
    lifetime: SessionLifetime
    client: Client
    grace_hits: int = 0
    revocation_reason: RevocationReason | None = None

    @classmethod
    def start(
        cls,
        session_id: SessionId,
        user_id: UserId,
        secret: bytes,
        client: Client,
        now: datetime,
        policy: SessionPolicy,
    ) -> tuple["Session", RefreshToken]:
        """A new session and the refresh token of its first generation."""
        session = cls(
            id=session_id,
            user_id=user_id,
            secret_hash=_hash(secret),
            generation=0,
            created_at=now,
            authenticated_at=now,
            rotated_at=now,
            lifetime=SessionLifetime.live_from(now, now + policy.maximum, policy),
            client=client,
        )
        return session, RefreshToken(session_id, 0, secret)

    def present(self, token: RefreshToken, now: datetime, policy: SessionPolicy) -> "Presentation":
        """Decide what presenting a refresh token does.

        The current generation rotates. The one before is a retry while the grace period lasts and
        is answered with the same successor. Any older one has been used by two parties: the
        session ends.

        Raises InvalidGrant for a token that is not this session's or a session that has ended, and
        TooManyRetries when the grace period's retries are used up.
        """
        if not self.issued(token):
            raise InvalidGrant
        if not self.lifetime.is_live(now) or token.generation > self.generation:
            raise InvalidGrant
        if token.generation == self.generation:
            return Rotated(self._rotate(now, policy), token.successor)
        if token.generation == self.generation - 1 and now < self.rotated_at + policy.grace:
            return Retried(self._retry(policy), token.successor)
        return ReuseDetected(self.revoke(now, RevocationReason.REUSE_DETECTED))

    def issued(self, token: RefreshToken) -> bool:
        """Whether the token is one of this session's, of whatever generation."""
        return hmac.compare_digest(_hash(token.secret), self.secret_hash)

    def succeed(
        self,
        session_id: SessionId,
        secret: bytes,
        client: Client,
        now: datetime,
        policy: SessionPolicy,
    ) -> tuple["Session", RefreshToken]:
        """The session that follows this one when its owner has given the password again.

        It keeps the label and nothing else: whoever holds a copy of this session's tokens has
        nothing of what the password opens. This one is to ``retire``.
        """
        labelled = replace(client, label=self.client.label)
        return Session.start(session_id, self.user_id, secret, labelled, now, policy)

    def retire(self, now: datetime, policy: SessionPolicy) -> "Session":
        """The session as another follows it: it ends with the grace period, and no later.

        Until then its tokens are good for whoever never got the answer and asks again.
        """
        ends_at = min(self.lifetime.expires_at, now + policy.grace)
        lifetime = replace(
            self.lifetime,
            idle_expires_at=min(self.lifetime.idle_expires_at, ends_at),
            expires_at=ends_at,
        )
        return replace(
            self, lifetime=lifetime, revocation_reason=RevocationReason.PASSWORD_GIVEN_AGAIN
        )

    @property
    def is_retired(self) -> bool:
        return self.revocation_reason is RevocationReason.PASSWORD_GIVEN_AGAIN

    def require_recent_authentication(self, now: datetime, policy: SessionPolicy) -> None:
        """Raises ReauthenticationRequired when the password was given too long ago."""
        if now >= self.authenticated_at + policy.reauthentication:
            raise ReauthenticationRequired

    def revoke(self, now: datetime, reason: RevocationReason) -> "Session":
        """The session ended. One that has ended before keeps its first end and reason."""
        if self.lifetime.revoked_at is not None:
            return self
        return replace(
            self, lifetime=replace(self.lifetime, revoked_at=now), revocation_reason=reason
        )

    def grant_access(self, token_id: str, now: datetime, policy: SessionPolicy) -> AccessToken:
        """Claims of an access token that does not outlive the session."""
        issued_at = now.replace(microsecond=0)
        expires_at = min(
            issued_at + policy.access_token,
            self.lifetime.idle_expires_at.replace(microsecond=0),
        )
        return AccessToken(self.user_id, self.id, token_id, issued_at, expires_at)

    def _rotate(self, now: datetime, policy: SessionPolicy) -> "Session":
        return replace(
            self,
            generation=self.generation + 1,
            rotated_at=now,
            lifetime=SessionLifetime.live_from(now, self.lifetime.expires_at, policy),
            grace_hits=0,
        )

    def _retry(self, policy: SessionPolicy) -> "Session":
        if self.grace_hits >= policy.grace_hits:
            raise TooManyRetries(retry_after=timedelta(seconds=1))
        return replace(self, grace_hits=self.grace_hits + 1)


@dataclass(frozen=True, slots=True)
class Rotated:
    """The session stands at the next generation, of which ``successor`` is the token."""

    session: Session
    successor: RefreshToken


@dataclass(frozen=True, slots=True)
class Retried:
    """A lost response is answered again: the successor is the one that was answered before."""

    session: Session
    successor: RefreshToken


@dataclass(frozen=True, slots=True)
class ReuseDetected:
    """Two parties hold the token, one of them a thief. The session is revoked."""

    session: Session


Presentation = Rotated | Retried | ReuseDetected


def surplus(live: Collection[Session], limit: int) -> Sequence[Session]:
    """Those of a user's sessions that end so that no more than ``limit`` live.

    Whoever never came back goes first, and then whoever has been away the longest: a script that
    logs in at each run must not sign its owner's browser out. Before all others go those that are
    retired, which end soon by themselves.
    """

    def by_use(session: Session) -> tuple[bool, bool, datetime]:
        return not session.is_retired, session.generation > 0, session.rotated_at

    return sorted(live, key=by_use)[: max(0, len(live) - limit)]


def require_live(session: Session | None, now: datetime) -> Session:
    """The session of whoever is asking. Raises InvalidAccessToken when it has ended meanwhile."""
    if session is None or not session.lifetime.is_live(now):
        raise InvalidAccessToken
    return session


def require_lasting(session: Session | None, now: datetime) -> Session:
    """The same where all others end: one that is retired would take its successor with it."""
    live = require_live(session, now)
    if live.is_retired:
        raise InvalidAccessToken
    return live


def _hash(secret: bytes) -> bytes:
    return sha256(secret).digest()
