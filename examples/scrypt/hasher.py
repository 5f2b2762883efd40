import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from hashlib import scrypt
from hmac import compare_digest
from threading import Semaphore

from application.ports.password_hasher import HasherBusy

_BLOCK_SIZE = 8
_MOST_MEMORY = 2**30


class ScryptHasher:
    """scrypt (RFC 7914). One computation takes ``cost`` KiB, a power of two.

    At most ``concurrency`` are under way; more are refused. ``aside`` wraps each, so that other
    threads may compute meanwhile.

    It can't verify what another hasher made: begin with an empty database.
    """

    def __init__(
        self,
        concurrency: int,
        cost: int = 2**17,
        aside: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self._places = Semaphore(concurrency)
        self._cost = cost
        self._aside = aside

    def hash(self, password: str) -> str:
        salt = secrets.token_bytes(16)
        return f"scrypt${self._cost}${salt.hex()}${self._key(password, salt, self._cost).hex()}"

    def verify(self, password: str, encoded: str | None) -> bool:
        made = _parsed(encoded)
        if made is None:
            self._key(password, b"nobody's", self._cost)
            return False
        cost, salt, key = made
        return compare_digest(self._key(password, salt, cost), key)

    def needs_rehash(self, encoded: str) -> bool:
        made = _parsed(encoded)
        return made is None or made[0] < self._cost

    def _key(self, password: str, salt: bytes, cost: int) -> bytes:
        if not self._places.acquire(blocking=False):
            raise HasherBusy
        try:
            with self._aside():
                return scrypt(
                    password.encode(), salt=salt, n=cost, r=_BLOCK_SIZE, p=1, maxmem=_MOST_MEMORY
                )
        finally:
            self._places.release()


def _parsed(encoded: str | None) -> tuple[int, bytes, bytes] | None:
    """Cost, salt and key; None for what ``hash`` did not make."""
    match (encoded or "").split("$"):
        case ["scrypt", cost, salt, key]:
            return int(cost), bytes.fromhex(salt), bytes.fromhex(key)
        case _:
            return None
