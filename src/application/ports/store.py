from datetime import timedelta
from typing import Protocol

from domain.errors import Unavailable


class StoreUnavailable(Unavailable):
    code = "unavailable"
    sentence = "The database cannot be reached or is too busy. Try again shortly."

    def __init__(self, sentence: str | None = None) -> None:
        super().__init__(timedelta(seconds=1), sentence)


class Store(Protocol):
    """The store as its operator sees it."""

    def check(self) -> None:
        """Raise StoreUnavailable unless the store answers and its schema is the current one."""
        ...
