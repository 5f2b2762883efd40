"""Password hashes by argon2 (RFC 9106), computed by libsodium.

They are stored as ``$argon2id$v=19$m=<KiB>,t=<passes>,p=<lanes>$<salt>$<key>``, salt and key in
base64 without padding.
"""

import re
from base64 import b64decode, b64encode
from hmac import compare_digest
from typing import NamedTuple

from nacl import exceptions
from nacl.pwhash import argon2id

KEY_BYTES = 32

_SHAPE = re.compile(
    r"\$argon2(id?)\$v=19\$m=([1-9]\d{0,6}),t=([1-9]\d{0,2}),p=([1-9]\d{0,5})"
    r"\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})",
    re.ASCII,
)

ShortOfMemory = exceptions.RuntimeError
"""What PyNaCl raises when libsodium fails: for want of memory, as all else is checked before."""


class Argon2Hash(NamedTuple):
    """``type`` is "id" or "i", ``memory_cost`` is in KiB, ``time_cost`` in passes."""

    encoded: str
    type: str
    memory_cost: int
    time_cost: int
    lanes: int
    salt: bytes
    key: bytes

    @property
    def is_shaped_like_ours(self) -> bool:
        return (self.type, self.lanes, len(self.salt)) == ("id", 1, argon2id.SALTBYTES)

    def verify(self, secret: bytes) -> bool:
        """Whether ``secret`` is the password.

        Raises ShortOfMemory, but only if this is shaped like ours. For other shapes PyNaCl does not
        say why libsodium has failed, so that want of memory looks like a wrong password.
        """
        if self.is_shaped_like_ours:
            key = argon2id.kdf(
                len(self.key), secret, self.salt, self.time_cost, self.memory_cost * 1024
            )
            return compare_digest(key, self.key)
        try:
            return argon2id.verify(self.encoded.encode("ascii"), secret)
        except exceptions.InvalidkeyError:
            return False


def encode(secret: bytes, *, memory_cost: int, time_cost: int) -> str:
    """The hash of ``secret``, with a salt of its own. Raises ShortOfMemory."""
    encoded = argon2id.str(secret, time_cost, memory_cost * 1024)
    return encoded.decode("ascii")


def decode(encoded: str) -> Argon2Hash:
    """Raises ValueError for what is not the stored form of a hash that can be verified here."""
    shape = _SHAPE.fullmatch(encoded)
    if shape is None:
        raise ValueError("This is not the stored form of an argon2 hash.")
    memory_cost, time_cost, lanes = (int(number) for number in shape.group(2, 3, 4))
    salt, key = (_bytes(text) for text in shape.group(5, 6))
    made = Argon2Hash(encoded, shape[1], memory_cost, time_cost, lanes, salt, key)
    if memory_cost < 8 * lanes:  # RFC 9106, section 3.1
        raise ValueError("There is no such argon2 hash.")
    if len(encoded) > argon2id.PWHASH_SIZE and not made.is_shaped_like_ours:
        raise ValueError("PyNaCl verifies none that is so long.")
    return made


def _bytes(text: str) -> bytes:
    decoded = b64decode(text + "=" * (-len(text) % 4))
    if b64encode(decoded).decode().rstrip("=") != text:
        raise ValueError("This is not base64 as it is written for a hash.")
    return decoded
