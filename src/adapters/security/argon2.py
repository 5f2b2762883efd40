"""Password hashes by argon2 (RFC 9106), in the form in which they are stored.

That is ``$argon2id$v=19$m=<KiB>,t=<passes>,p=<lanes>$<salt>$<key>``, salt and key in base64.
libsodium computes what has one lane and a salt of 16 bytes, and verifies the others, too.
"""

import re
from base64 import b64decode
from hmac import compare_digest
from typing import NamedTuple

from nacl.exceptions import InvalidkeyError
from nacl.pwhash import argon2id

SALT_BYTES = argon2id.SALTBYTES
KEY_BYTES = 32

_SHAPE = re.compile(
    r"\$argon2(id?)\$v=19\$m=([1-9]\d{0,9}),t=([1-9]\d{0,9}),p=([1-9]\d{0,7})"
    r"\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})",
    re.ASCII,
)


class Argon2Hash(NamedTuple):
    """``memory_cost`` is in KiB, ``time_cost`` in passes."""

    type: str
    memory_cost: int
    time_cost: int
    lanes: int
    salt: bytes
    key: bytes


def encode(secret: bytes, *, memory_cost: int, time_cost: int) -> str:
    """The hash of ``secret``, with a salt of its own.

    Raises nacl.exceptions.RuntimeError where there is not as much memory.
    """
    encoded = argon2id.str(secret, opslimit=time_cost, memlimit=memory_cost * 1024)
    return encoded.decode("ascii")


def decode(encoded: str) -> Argon2Hash:
    """Raises ValueError for what nobody can verify."""
    shape = _SHAPE.fullmatch(encoded)
    if shape is None:
        raise ValueError("This is not the stored form of an argon2 hash.")
    type_, memory_cost, time_cost, lanes, salt, key = shape.groups()
    return Argon2Hash(
        type_, int(memory_cost), int(time_cost), int(lanes), _bytes(salt), _bytes(key)
    )


def verify(secret: bytes, encoded: str) -> bool:
    """Whether ``secret`` is the password.

    Raises ValueError for what nobody can verify, and nacl.exceptions.RuntimeError where there is
    not enough memory. Of a hash of another shape than ``encode`` makes, libsodium does not tell
    that: then the password is called wrong.
    """
    made = decode(encoded)
    if (made.type, made.lanes, len(made.salt)) == ("id", 1, SALT_BYTES):
        computed = argon2id.kdf(
            len(made.key),
            secret,
            made.salt,
            opslimit=made.time_cost,
            memlimit=made.memory_cost * 1024,
        )
        return compare_digest(computed, made.key)
    try:
        return argon2id.verify(encoded.encode("ascii"), secret)
    except InvalidkeyError:
        return False


def _bytes(text: str) -> bytes:
    return b64decode(text + "=" * (-len(text) % 4))
