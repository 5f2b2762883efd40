from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Connection as MigratingConnection
from sqlalchemy import Dialect


class Driver(Protocol):
    """What differs between SQLite and PostgreSQL."""

    dialect: Dialect
    error: type[Exception]
    """The root of the driver's errors."""
    begin: str
    """The SQL that begins a transaction which will write."""
    queue_file: Path | None
    """The lock by which processes queue to write, where only one transaction can at a time."""

    def connect(self) -> Any:
        """A DBAPI connection, in autocommit, that any thread may use, one at a time."""
        ...

    def is_lost(self, raw: Any) -> bool:
        """Whether the connection is beyond use."""
        ...

    def fault(self, error: Exception) -> Exception | None:
        """What to raise instead of a driver's error; None for one that only a bug explains."""
        ...

    def connect_to_migrate(self) -> Any:
        """A DBAPI connection for changing the schema; makes the database where it can."""
        ...

    def lock_schema(self, connection: MigratingConnection) -> None:
        """Begin a transaction that no other migration runs beside."""
        ...
