from datetime import timedelta
from typing import Protocol

from domain.errors import Unavailable


class StoreUnavailable(Unavailable):
    code = "unavailable"
    sentence = "The database cannot be reached or is too busy. Try again shortly."

    def __init__(self, sentence: str | None = None) -> None:
        super().__init__(timedelta(seconds=1), sentence)


class DatabaseUrlError(Exception):
    """The URL names no database that can be used. The message never repeats it."""


class SchemaOutdated(Unavailable):
    code = "schema"
    sentence = "The database's schema is not this version's. Run: taskward db upgrade"

    def __init__(self, sentence: str | None = None) -> None:
        super().__init__(timedelta(seconds=30), sentence)


class Store(Protocol):
    """The store as its operator sees it. All methods raise StoreUnavailable."""

    def check(self) -> None:
        """Raise SchemaOutdated unless the schema is the one that this version works with."""
        ...

    def current(self) -> str | None:
        """The schema's revision; None when there is no schema yet."""
        ...

    def upgrade(self) -> None:
        """Bring the schema to the revision that this version works with."""
        ...

    def disconnect(self) -> None:
        """Close this process's connections; the next use opens new ones."""
        ...
