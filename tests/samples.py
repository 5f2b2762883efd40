"""Entities to test with. Each builder takes the fields that a test cares about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.password_reset import PasswordReset
from domain.second_factor import SecondFactor
from domain.security_event import SecurityEvent, SecurityEventId, SecurityEventKind
from domain.session import Client, RevocationReason, Session, SessionId, SessionLifetime
from domain.task import Task, TaskNumber
from domain.throttle import Throttle, ThrottleKey
from domain.user import EmailAddress, User, UserId

ADA = UserId(2**53 - 1)
BOB = UserId(7)
NOBODY = UserId(404)

NOW = datetime(2031, 2, 3, 4, 5, 6, 789012, tzinfo=UTC)
A_SECOND = timedelta(seconds=1)


def a_user(**changes: Any) -> User:
    """Ada, who may log in. Give another user another address as well."""
    user = User(
        id=ADA,
        email=EmailAddress("ada@example.org"),
        first_name="Ada 'Æ'",
        last_name='Lovelace "λ" 🦉',
        password_hash="$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA",
        created_at=NOW,
    )
    return replace(user, **changes)


def a_disabled_user(**changes: Any) -> User:
    """A user without any field at its default."""
    dates = {"disabled_at": NOW + A_SECOND, "password_changed_at": NOW + 2 * A_SECOND}
    return a_user(**{**dates, **changes})


def bob(**changes: Any) -> User:
    """A second user."""
    return a_user(**{"id": BOB, "email": EmailAddress("bob@example.org"), **changes})


def a_session(**changes: Any) -> Session:
    """A session of Ada's that lives, has been refreshed and retried."""
    session = Session(
        id=SessionId(bytes(range(16))),
        user_id=ADA,
        secret_hash=bytes(range(224, 256)),
        generation=3,
        created_at=NOW,
        authenticated_at=NOW - A_SECOND,
        rotated_at=NOW + A_SECOND,
        lifetime=SessionLifetime(NOW + 2 * A_SECOND, NOW + 3 * A_SECOND),
        client=Client("Ada's laptop 💻", "Mozilla/5.0 (X11)", "2001:db8::1"),
        grace_hits=2,
    )
    return replace(session, **changes)


def a_revoked_session(**changes: Any) -> Session:
    """A session without any field at its default."""
    revoked = a_session().revoke(NOW + 4 * A_SECOND, RevocationReason.REUSE_DETECTED)
    return replace(revoked, **changes)


def a_task(**changes: Any) -> Task:
    task = Task(
        user_id=ADA,
        number=TaskNumber(1),
        name="Water the 🌱, 'gently'",
        is_completed=True,
        ts=NOW,
        version=5,
    )
    return task._replace(**changes)


def a_security_event(**changes: Any) -> SecurityEvent:
    event = SecurityEvent(
        id=SecurityEventId(bytes(range(16, 32))),
        kind=SecurityEventKind.REFRESH_TOKEN_REUSED,
        at=NOW,
        user_id=ADA,
        session_id=SessionId(bytes(range(16))),
        client=Client("Ada's 📱", "curl/8.5", "203.0.113.9"),
        detail="password_changed",
    )
    return replace(event, **changes)


def a_throttle(**changes: Any) -> Throttle:
    throttle = Throttle(key=ThrottleKey(bytes(range(32))), attempts=2**40, last_at=NOW)
    return replace(throttle, **changes)


def a_second_factor(**changes: Any) -> SecondFactor:
    """Ada's, which she has confirmed, without any field at its default."""
    factor = SecondFactor(
        ADA,
        sealed_seed=bytes(range(49)),
        recovery_hashes=(bytes(range(64, 96)), bytes(range(96, 128))),
        begun_at=NOW,
        confirmed_at=NOW + A_SECOND,
        last_step=2**40,
        last_code_hash=bytes(range(128, 160)),
        last_code_at=NOW + 2 * A_SECOND,
    )
    return replace(factor, **changes)


def a_password_reset(**changes: Any) -> PasswordReset:
    """Ada's, which lives for a second more."""
    reset = PasswordReset(ADA, token_hash=bytes(range(32, 64)), expires_at=NOW + A_SECOND)
    return replace(reset, **changes)
