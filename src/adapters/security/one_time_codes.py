import secrets
import struct
from base64 import b32encode
from datetime import datetime

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from cryptography.hazmat.primitives.twofactor.hotp import HOTP

from adapters.security.keyring import FileKeyring
from adapters.security.keys import Key
from domain.second_factor import UnreadableSecondFactor
from domain.user import UserId

_VERSION = 1
_SEED_BYTES = 20  # RFC 4226, section 4, R6
# No refresh token's body, of which the same master key makes a MAC, begins like this.
_PURPOSE = b"taskward seal of second factors"

# Version, id of the master key, nonce, and the seed with GCM's tag of 16 bytes.
_SEALED = struct.Struct(f">BB12s{_SEED_BYTES + 16}s")
# Version, id of the master key, and of the user.
_BOUND = struct.Struct(">BBQ")


class SealedOneTimeCodes:
    """OneTimeCodes port: seeds encrypted with keys that are derived from the master keys.

    A sealed seed is: version 1, id of the master key 1, nonce 12, and AES-256-GCM (NIST SP 800-38D)
    of the seed; version, id and the user's id 8 (big endian) are its additional data. Its key is
    HKDF-Expand (RFC 5869, section 2.3) of the master key with SHA-256.
    """

    def __init__(self, keyring: FileKeyring) -> None:
        self._keyring = keyring

    def new_seed(self, user_id: UserId, now: datetime) -> bytes:
        return self._seal(user_id, secrets.token_bytes(_SEED_BYTES), now)

    def reveal(self, user_id: UserId, sealed_seed: bytes) -> str:
        return b32encode(self._open(user_id, sealed_seed)).decode()

    def code(self, user_id: UserId, sealed_seed: bytes, step: int) -> str:
        # Collisions are of no use against HMAC (RFC 4226, appendix B.2).
        sha1 = SHA1()  # nosec B303 # noqa: S303 - see above
        hotp = HOTP(self._open(user_id, sealed_seed), 6, sha1)
        return hotp.generate(step).decode()

    def reseal(self, user_id: UserId, sealed_seed: bytes, now: datetime) -> bytes:
        seed = self._open(user_id, sealed_seed)
        _, key_id, _, _ = _SEALED.unpack(sealed_seed)
        if key_id == int(self._keyring.snapshot().refresh_key_at(now).id):
            return sealed_seed
        return self._seal(user_id, seed, now)

    def _seal(self, user_id: UserId, seed: bytes, now: datetime) -> bytes:
        key = self._keyring.snapshot().refresh_key_at(now)
        nonce = secrets.token_bytes(12)
        bound = _BOUND.pack(_VERSION, int(key.id), user_id)
        return _SEALED.pack(_VERSION, int(key.id), nonce, _cipher(key).encrypt(nonce, seed, bound))

    def _open(self, user_id: UserId, sealed_seed: bytes) -> bytes:
        try:
            version, key_id, nonce, sealed = _SEALED.unpack(sealed_seed)
            key = self._keyring.master_key(key_id)
            if version != _VERSION or key is None:
                raise UnreadableSecondFactor
            return _cipher(key).decrypt(nonce, sealed, _BOUND.pack(version, key_id, user_id))
        except (struct.error, InvalidTag) as error:
            raise UnreadableSecondFactor from error


def _cipher(key: Key) -> AESGCM:
    return AESGCM(HKDFExpand(SHA256(), length=32, info=_PURPOSE).derive(key.secret))
