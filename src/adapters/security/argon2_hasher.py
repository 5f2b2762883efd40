import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext, suppress
from threading import BoundedSemaphore
from typing import TypeVar

from argon2 import PasswordHasher as Argon2
from argon2 import Type, extract_parameters
from argon2.exceptions import Argon2Error, InvalidHashError, VerificationError, VerifyMismatchError

from adapters.security import pbkdf2
from application.ports.password_hasher import HasherBusy

_ARGON2_VERSION = 19

T = TypeVar("T")


class Argon2Hasher:
    """Argon2id (RFC 9106); also verifies the PBKDF2 hashes of imported users.

    ``memory_cost`` is in KiB, ``time_cost`` in passes, ``parallelism`` in lanes. At most
    ``concurrency`` are computed at once, while at most ``queue`` others wait. ``aside`` wraps a
    caller's waiting, so that other threads may compute meanwhile.

    ``concurrency`` threads do nothing else. In the callers' threads each of those would keep the
    memory of its last hash, since malloc does not give it back.

    Whatever can't be verified (nobody's hash, an unreadable one) costs a verification all the
    same, so that time does not tell who has an account. A PBKDF2 hash takes its own time, until
    the user's first login replaces it.
    """

    def __init__(
        self,
        *,
        memory_cost: int = 19_456,
        time_cost: int = 2,
        parallelism: int = 1,
        concurrency: int = 2,
        queue: int = 12,
        aside: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self._argon2 = Argon2(
            memory_cost=memory_cost, time_cost=time_cost, parallelism=parallelism, type=Type.ID
        )
        self._decoy = self._argon2.hash(secrets.token_bytes(32))
        self._aside = aside
        self._places = BoundedSemaphore(concurrency + queue)
        self._threads = ThreadPoolExecutor(concurrency, thread_name_prefix="hashing")

    def hash(self, password: str) -> str:
        return self._in_turn(lambda: self._argon2.hash(_secret(password)))

    def verify(self, password: str, encoded: str | None) -> bool:
        if encoded is None:
            return self._in_turn(lambda: self._verify_decoy(_secret(password)))
        return self._in_turn(lambda: self._verify(_secret(password), encoded))

    def needs_rehash(self, encoded: str) -> bool:
        try:
            made = extract_parameters(encoded)
        except InvalidHashError:
            return True
        return (
            made.type is not Type.ID
            or made.version < _ARGON2_VERSION
            or made.memory_cost < self._argon2.memory_cost
            or made.time_cost < self._argon2.time_cost
            or made.hash_len < self._argon2.hash_len
            or made.salt_len < self._argon2.salt_len
        )

    def _verify(self, secret: bytes, encoded: str) -> bool:
        try:
            if encoded.startswith(pbkdf2.PREFIX):
                return pbkdf2.verify(secret, encoded)
            return self._argon2.verify(encoded, secret)
        except VerifyMismatchError:
            return False
        except (ValueError, VerificationError):
            return self._verify_decoy(secret)

    def _verify_decoy(self, secret: bytes) -> bool:
        with suppress(VerifyMismatchError):
            self._argon2.verify(self._decoy, secret)
        return False

    def _in_turn(self, work: Callable[[], T]) -> T:
        if not self._places.acquire(blocking=False):
            raise HasherBusy
        try:
            with self._aside():
                return self._threads.submit(work).result()
        except Argon2Error as error:
            # These parameters worked for the decoy, so what fails now is the machine's memory.
            raise HasherBusy from error
        finally:
            self._places.release()


def _secret(password: str) -> bytes:
    # Lone surrogates are refused at the edges; here they must only not be an error of their own.
    return password.encode("utf-8", "surrogatepass")
