"""Password hashes of imported users: PBKDF2-HMAC-SHA256 (RFC 8018, section 5.2), 32-byte keys.

They are stored as ``pbkdf2_sha256$<rounds>$<base64 salt>$<base64 key>``.
"""

import re
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from hashlib import pbkdf2_hmac
from hmac import compare_digest
from typing import NamedTuple

PREFIX = "pbkdf2_sha256$"
KEY_BYTES = 32
SALT_BYTES = range(1, 65)
ROUNDS = range(1_000, 10_000_001)

_SHAPE = re.compile(r"pbkdf2_sha256\$([1-9][0-9]{3,7})\$([^$]{1,128})\$([^$]{1,128})")


class Pbkdf2Hash(NamedTuple):
    rounds: int
    salt: bytes
    key: bytes

    def verify(self, secret: bytes) -> bool:
        """Whether ``secret`` is the password."""
        derived = pbkdf2_hmac("sha256", secret, self.salt, self.rounds, KEY_BYTES)
        return compare_digest(derived, self.key)


def encode(key_base64: str, salt_base64: str, rounds: int = 100_000) -> str:
    """The stored form of a hash that another system keeps as two base64 columns.

    Raises ValueError, saying which column is wrong and why.
    """
    if rounds not in ROUNDS:
        raise ValueError(f"The rounds must be from {ROUNDS.start} to {ROUNDS.stop - 1}.")
    salt, key = _bytes("salt", salt_base64), _bytes("hash", key_base64)
    if len(salt) not in SALT_BYTES:
        raise ValueError(f"The salt must have {SALT_BYTES.start} to {SALT_BYTES.stop - 1} bytes.")
    if len(key) != KEY_BYTES:
        raise ValueError(f"The hash must have {KEY_BYTES} bytes.")
    return f"{PREFIX}{rounds}${b64encode(salt).decode()}${b64encode(key).decode()}"


def decode(encoded: str) -> Pbkdf2Hash:
    """Raises ValueError for what ``encode`` did not make."""
    shape = _SHAPE.fullmatch(encoded)
    if shape is None or encode(shape[3], shape[2], int(shape[1])) != encoded:
        raise ValueError("This is not the stored form of a PBKDF2 hash.")
    return Pbkdf2Hash(int(shape[1]), b64decode(shape[2]), b64decode(shape[3]))


def _bytes(column: str, text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (NotBase64, ValueError) as error:
        raise ValueError(f"The {column} is not base64.") from error
