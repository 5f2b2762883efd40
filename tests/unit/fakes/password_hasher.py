from itertools import count

from application.ports.password_hasher import HasherBusy
from tests.unit.fakes.interruption import Interruption


class FakePasswordHasher:
    """Hashes that anyone can read: ``fake:<strength>:<salt>:<password>``.

    It tells what it was asked to verify and how often it hashed, and lets a test act in the time
    that hashing takes.
    """

    def __init__(self) -> None:
        self.verified: list[tuple[str, str | None]] = []
        self.hashed = 0
        self.while_hashing = Interruption()
        self.strength = 1
        self.is_busy = False
        self._salts = count(1)

    def hash(self, password: str) -> str:
        self._take_time()
        self.hashed += 1
        return f"fake:{self.strength}:{next(self._salts)}:{password}"

    def verify(self, password: str, encoded: str | None) -> bool:
        self._take_time()
        self.verified.append((password, encoded))
        return encoded is not None and _parse(encoded)[1] == password

    def needs_rehash(self, encoded: str) -> bool:
        return _parse(encoded)[0] != str(self.strength)

    def _take_time(self) -> None:
        if self.is_busy:
            raise HasherBusy
        self.while_hashing.happen()


def _parse(encoded: str) -> tuple[str, str] | tuple[None, None]:
    match encoded.split(":", 3):
        case ["fake", strength, _salt, password]:
            return strength, password
        case _:
            return None, None
