from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from threading import Semaphore
from typing import TypeVar

from adapters.security import argon2, pbkdf2
from application.ports.password_hasher import HasherBusy

T = TypeVar("T")


class Argon2Hasher:
    """Argon2id in one lane; also verifies the PBKDF2 hashes of imported users.

    ``memory_cost`` is in KiB, ``time_cost`` in passes. At most ``concurrency`` are computed at
    once, while at most ``queue`` others wait. ``aside`` wraps a caller's waiting, so that other
    threads may compute meanwhile. ``concurrency`` threads do nothing else, and call
    ``on_thread_start`` first.

    Whatever can't be verified (nobody's hash, an unreadable one) costs a hash all the same, so
    that time does not tell who has an account. A PBKDF2 hash takes its own time, until
    the user's first login replaces it.
    """

    def __init__(
        self,
        *,
        memory_cost: int = 19_456,
        time_cost: int = 2,
        concurrency: int = 2,
        queue: int = 12,
        aside: Callable[[], AbstractContextManager[None]] = nullcontext,
        on_thread_start: Callable[[], None] = lambda: None,
    ) -> None:
        self._memory_cost = memory_cost
        self._time_cost = time_cost
        self._aside = aside
        self._places = Semaphore(concurrency + queue)
        self._threads = ThreadPoolExecutor(
            concurrency, thread_name_prefix="hashing", initializer=on_thread_start
        )

    def hash(self, password: str) -> str:
        return self._in_turn(lambda: self._hash(_secret(password)))

    def verify(self, password: str, encoded: str | None) -> bool:
        return self._in_turn(lambda: self._verify(_secret(password), encoded or ""))

    def needs_rehash(self, encoded: str) -> bool:
        try:
            made = argon2.decode(encoded)
        except ValueError:
            return True
        return (
            not made.is_shaped_like_ours
            or made.memory_cost < self._memory_cost
            or made.time_cost < self._time_cost
            or len(made.key) < argon2.KEY_BYTES
        )

    def _hash(self, secret: bytes) -> str:
        return argon2.encode(secret, memory_cost=self._memory_cost, time_cost=self._time_cost)

    def _verify(self, secret: bytes, encoded: str) -> bool:
        try:
            stored = _decoded(encoded)
        except ValueError:
            self._hash(secret)
            return False
        return stored.verify(secret)

    def _in_turn(self, work: Callable[[], T]) -> T:
        with self._aside(), self._place():
            try:
                hashing = self._threads.submit(work)
            except RuntimeError as error:  # the system refuses to start a thread
                raise HasherBusy from error
            try:
                return hashing.result()
            except argon2.ShortOfMemory as error:
                raise HasherBusy from error

    @contextmanager
    def _place(self) -> Iterator[None]:
        if not self._places.acquire(blocking=False):
            raise HasherBusy
        try:
            yield
        finally:
            self._places.release()


def _decoded(encoded: str) -> argon2.Argon2Hash | pbkdf2.Pbkdf2Hash:
    if encoded.startswith(pbkdf2.PREFIX):
        return pbkdf2.decode(encoded)
    return argon2.decode(encoded)


def _secret(password: str) -> bytes:
    # Lone surrogates are refused at the edges; here they must only not be an error of their own.
    return password.encode("utf-8", "surrogatepass")
