"""What drivers complain of, in terms of this adapter."""

from application.ports.store import StoreUnavailable


class ConnectionLost(StoreUnavailable):
    """The connection is gone, so what was asked of it may or may not have been done."""


class ConstraintViolated(Exception):
    """``constraint`` names it: by its name on PostgreSQL, by ``table.column`` on SQLite."""

    def __init__(self, constraint: str) -> None:
        super().__init__(constraint)
        self.constraint = constraint


class UniqueViolated(ConstraintViolated):
    pass


class ForeignKeyViolated(ConstraintViolated):
    pass


READ_ONLY = "The database cannot be written to. Its operator has to look at it."
REFUSED = "The database does not let its user do this. Its operator has to grant it."
FULL = "The database has no space left. Its operator has to make room."
DAMAGED = "The database cannot be read. Its operator has to look at it."
