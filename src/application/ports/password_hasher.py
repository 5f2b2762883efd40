from datetime import timedelta
from typing import Protocol

from domain.errors import Unavailable


class HasherBusy(Unavailable):
    code = "busy"
    sentence = "Too many people are signing in at this moment. Try again in a second."

    def __init__(self) -> None:
        super().__init__(retry_after=timedelta(seconds=1))


class PasswordHasher(Protocol):
    """Slow, salted hashes.

    ``hash`` and ``verify`` raise HasherBusy when too many are under way, or no memory is left.
    """

    def hash(self, password: str) -> str:
        """An encoded hash that holds its algorithm, parameters and salt."""
        ...

    def verify(self, password: str, encoded: str | None) -> bool:
        """Whether it is the password. None, for nobody's hash, takes as long and is False."""
        ...

    def needs_rehash(self, encoded: str) -> bool:
        """Whether the hash is of another algorithm, shape or weaker parameters than today's."""
        ...
