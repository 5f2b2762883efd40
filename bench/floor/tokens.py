"""A bearer token as HS256 makes it, and a refresh token under the same key."""

import hmac
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode

import orjson

KEY = bytes(range(32))
LIFETIME = 7200


class BadTokenError(Exception):
    pass


def sign(user_id: int) -> str:
    now = int(time.time())
    payload = {"sub": str(user_id), "iat": now, "exp": now + LIFETIME}
    text = _HEADER + b"." + _encode(orjson.dumps(payload))
    return (text + b"." + _mac(text)).decode()


def verify(token: str) -> int:
    """Whose token it is. Raises BadTokenError."""
    text, _, mac = token.encode().rpartition(b".")
    if not hmac.compare_digest(_mac(text), mac):
        raise BadTokenError
    payload = orjson.loads(_decode(text.partition(b".")[2]))
    if payload["exp"] <= time.time():
        raise BadTokenError
    return int(payload["sub"])


def sign_refresh(user_id: int, session_id: bytes, generation: int) -> str:
    text = f"{user_id}.{session_id.hex()}.{generation}".encode()
    return (text + b"." + _mac(text)).decode()


def verify_refresh(token: str) -> tuple[int, bytes, int]:
    """The user, the session and the generation. Raises BadTokenError."""
    text, _, mac = token.encode().rpartition(b".")
    if not hmac.compare_digest(_mac(text), mac):
        raise BadTokenError
    user_id, session_id, generation = text.decode().split(".")
    return int(user_id), bytes.fromhex(session_id), int(generation)


def _mac(text: bytes) -> bytes:
    return _encode(hmac.digest(KEY, text, "sha256"))


def _encode(raw: bytes) -> bytes:
    return urlsafe_b64encode(raw).rstrip(b"=")


def _decode(text: bytes) -> bytes:
    return urlsafe_b64decode(text + b"=" * (-len(text) % 4))


_HEADER = _encode(b'{"alg":"HS256","typ":"JWT"}')
