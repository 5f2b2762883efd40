import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from threading import Lock
from typing import TypeVar

from argon2 import PasswordHasher as Argon2
from argon2 import Type, extract_parameters
from argon2.exceptions import Argon2Error, InvalidHashError, VerificationError, VerifyMismatchError
from argon2.low_level import error_to_str

from adapters.security import pbkdf2
from application.ports.password_hasher import HasherBusy

_ARGON2_VERSION = 19
_MEMORY_ALLOCATION_ERROR = -22
_THREAD_FAIL = -33  # more lanes than one are computed in threads
_FAULTS_OF_THE_MACHINE = {
    error_to_str(number) for number in (_MEMORY_ALLOCATION_ERROR, _THREAD_FAIL)
}

T = TypeVar("T")


class Argon2Hasher:
    """Argon2id (RFC 9106); also verifies the PBKDF2 hashes of imported users.

    ``memory_cost`` is in KiB, ``time_cost`` in passes, ``parallelism`` in lanes. At most
    ``concurrency`` are computed at once, while at most ``queue`` others wait. ``aside`` wraps a
    caller's waiting, so that other threads may compute meanwhile.

    ``concurrency`` threads do nothing else, and call ``on_thread_start`` first. ``when_idle`` is
    called when nobody is left to hash for: till then the memory of one hash is soon wanted for the
    next, to which a quarter of the time would go if each had to get it anew.

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
        when_idle: Callable[[], None] = lambda: None,
        on_thread_start: Callable[[], None] = lambda: None,
    ) -> None:
        self._argon2 = Argon2(
            memory_cost=memory_cost, time_cost=time_cost, parallelism=parallelism, type=Type.ID
        )
        self._decoy = self._argon2.hash(secrets.token_bytes(32))
        self._aside = aside
        self._when_idle = when_idle
        self._places = concurrency + queue
        self._taken = 0
        self._lock = Lock()
        self._threads = ThreadPoolExecutor(
            concurrency, thread_name_prefix="hashing", initializer=on_thread_start
        )

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
        except VerificationError as error:
            if str(error) in _FAULTS_OF_THE_MACHINE:
                raise
            return self._verify_decoy(secret)
        except ValueError:
            return self._verify_decoy(secret)

    def _verify_decoy(self, secret: bytes) -> bool:
        with suppress(VerifyMismatchError):
            self._argon2.verify(self._decoy, secret)
        return False

    def _in_turn(self, work: Callable[[], T]) -> T:
        try:
            with self._aside(), self._place():
                return self._threads.submit(work).result()
        except Argon2Error as error:
            # The decoy could be hashed, so it is the machine that is short of something now.
            raise HasherBusy from error

    @contextmanager
    def _place(self) -> Iterator[None]:
        with self._lock:
            if self._taken == self._places:
                raise HasherBusy
            self._taken += 1
        try:
            yield
        finally:
            with self._lock:
                self._taken -= 1
                is_last = self._taken == 0
            if is_last:
                self._when_idle()


def _secret(password: str) -> bytes:
    # Lone surrogates are refused at the edges; here they must only not be an error of their own.
    return password.encode("utf-8", "surrogatepass")
