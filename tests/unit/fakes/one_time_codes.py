from base64 import b32encode
from datetime import datetime
from hashlib import sha256
from itertools import count

from domain.second_factor import UnreadableSecondFactor
from domain.user import UserId
from tests.authenticator_app import code_of
from tests.unit.fakes.interruption import Interruption


class FakeOneTimeCodes:
    """Seeds that count, sealed by a note of whose they are and with which key."""

    def __init__(self, key: int = 1) -> None:
        self._numbers = count(1)
        self.key = key
        self.keys_gone: set[int] = set()
        self.while_resealing = Interruption()

    def new_seed(self, user_id: UserId, now: datetime) -> bytes:
        return self._seal(user_id, sha256(b"%d" % next(self._numbers)).digest()[:20])

    def reveal(self, user_id: UserId, sealed_seed: bytes) -> str:
        return b32encode(self._open(user_id, sealed_seed)).decode()

    def code(self, user_id: UserId, sealed_seed: bytes, step: int) -> str:
        return code_of(self.reveal(user_id, sealed_seed), step)

    def reseal(self, user_id: UserId, sealed_seed: bytes, now: datetime) -> bytes:
        self.while_resealing.happen()
        if sealed_seed.startswith(b"%d:" % self.key):
            return sealed_seed
        return self._seal(user_id, self._open(user_id, sealed_seed))

    def _seal(self, user_id: UserId, seed: bytes) -> bytes:
        return b"%d:%d:%s" % (self.key, user_id, seed)

    def _open(self, user_id: UserId, sealed_seed: bytes) -> bytes:
        key, owner, seed = sealed_seed.split(b":", 2)
        if int(key) in self.keys_gone or int(key) > self.key or int(owner) != user_id:
            raise UnreadableSecondFactor
        return seed
