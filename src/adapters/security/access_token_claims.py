"""The claims of an access token (RFC 9068, section 2.2), exactly these, and what they stand for."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from domain.session import AccessToken, SessionId
from domain.user import UserId

TEXTS = frozenset({"iss", "aud", "sub", "sid", "jti"})
TIMES = frozenset({"iat", "exp"})
NAMES = TEXTS | TIMES

_USER_ID = re.compile(r"[1-9][0-9]{0,15}")
_USER_IDS = range(1, 2**53)

_SESSION_ID = re.compile(r"[0-9a-f]{32}")


def to_claims(token: AccessToken, issuer: str, audience: str) -> dict[str, Any]:
    return {
        "iss": issuer,
        "aud": audience,
        "sub": str(token.user_id),
        "sid": token.session_id.hex(),
        "jti": token.token_id,
        "iat": int(token.issued_at.timestamp()),
        "exp": int(token.expires_at.timestamp()),
    }


def to_token(claims: Mapping[str, Any]) -> AccessToken:
    """Raises ValueError for claims that ``to_claims`` did not make."""
    _check(claims)
    try:
        return AccessToken(
            user_id=UserId(int(claims["sub"])),
            session_id=SessionId(bytes.fromhex(claims["sid"])),
            token_id=claims["jti"],
            issued_at=datetime.fromtimestamp(claims["iat"], UTC),
            expires_at=datetime.fromtimestamp(claims["exp"], UTC),
        )
    except (OverflowError, OSError) as error:
        raise ValueError("A time is out of range.") from error


def _check(claims: Mapping[str, Any]) -> None:
    if claims.keys() != NAMES:
        raise ValueError("A claim is missing, or there is one too many.")
    if not all(isinstance(claims[name], str) for name in TEXTS):
        raise ValueError("A claim is not a string.")
    # True and False are integers to Python, not to JSON.
    if not all(type(claims[name]) is int for name in TIMES):
        raise ValueError("A time is not an integer.")
    if not _USER_ID.fullmatch(claims["sub"]) or int(claims["sub"]) not in _USER_IDS:
        raise ValueError("The subject is not the id of a user.")
    if not _SESSION_ID.fullmatch(claims["sid"]):
        raise ValueError("The sid is not the id of a session.")
