import hmac
import re
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime

from adapters.security.keyring import FileKeyring
from adapters.security.keys import Key
from domain.session import InvalidGrant, RefreshToken, SessionId

_VERSION = 1
_PREFIX = "twr_"
_SECRET_BYTES = 16
_MAC_BYTES = 16

# Version, id of the master key, session id, generation, session secret. Another key is derived from
# the master key in one_time_codes.py, whose input begins with no version: the two never meet.
_BODY = struct.Struct(">BB16sI16s")

# 54 bytes fill 72 characters without a bit to spare, so each token has exactly one spelling.
_SHAPE = re.compile(_PREFIX + r"([A-Za-z0-9_-]{72})")


class RefreshTokenCodec:
    """Refresh tokens that are computed, not stored, and refused without a query when forged.

    ``twr_`` and base64url (RFC 4648, section 5, no padding) of: version 1, key id 1, session id
    16, generation 4 (big endian), session secret 16, and the first 16 bytes of HMAC-SHA-256
    (RFC 2104) over these under the master key.
    """

    def __init__(self, keyring: FileKeyring) -> None:
        self._keyring = keyring

    def encode(self, token: RefreshToken, issued_at: datetime) -> str:
        """Raises ValueError for a session id or secret that has not 16 bytes."""
        if len(token.session_id) != _SECRET_BYTES or len(token.secret) != _SECRET_BYTES:
            raise ValueError("A session's id and its secret must have 16 bytes.")
        key = self._keyring.snapshot().refresh_key_at(issued_at)
        body = _BODY.pack(_VERSION, int(key.id), token.session_id, token.generation, token.secret)
        return _PREFIX + urlsafe_b64encode(body + _mac(key, body)).decode()

    def decode(self, text: str) -> RefreshToken:
        shape = _SHAPE.fullmatch(text)
        if shape is None:
            raise InvalidGrant
        raw = urlsafe_b64decode(shape[1])
        body, mac = raw[: _BODY.size], raw[_BODY.size :]
        version, key_id, session_id, generation, secret = _BODY.unpack(body)
        key = self._keyring.master_key(key_id)
        if version != _VERSION or key is None or not hmac.compare_digest(_mac(key, body), mac):
            raise InvalidGrant
        return RefreshToken(SessionId(session_id), generation, secret)


def _mac(key: Key, body: bytes) -> bytes:
    return hmac.digest(key.secret, body, "sha256")[:_MAC_BYTES]
