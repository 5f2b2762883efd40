from sqlalchemy import select

from adapters.persistence.channel import QueryChannel
from adapters.persistence.engine import Database
from adapters.persistence.tables import alembic_version
from application.ports.store import SchemaOutdated

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006")
"""Of the migrations, oldest first: written down, so that a check needs no Alembic."""

HEAD = REVISIONS[-1]

_CURRENT = select(alembic_version.c.version_num)
_TOO_NEW = "The database was made by a newer version of Taskward. Install that version."


class SqlSchema:
    """The schema's revision, and the way to change it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def check(self) -> None:
        revision = self.current()
        if revision is not None and revision not in REVISIONS:
            raise SchemaOutdated(_TOO_NEW)
        if revision != HEAD:
            raise SchemaOutdated

    def current(self) -> str | None:
        try:
            row = QueryChannel(self._database).first(_CURRENT, {})
        except SchemaOutdated:
            return None
        return row[0] if row else None

    def upgrade(self) -> None:
        """Raises SchemaOutdated when the schema is of a newer version."""
        current = self.current()
        if current == HEAD:
            return
        if current not in (None, *REVISIONS):
            raise SchemaOutdated(_TOO_NEW)
        # Alembic would take fifteen megabytes of each process that serves.
        from adapters.persistence.migrate import upgrade  # noqa: PLC0415 # see above

        upgrade(self._database.driver, HEAD)

    def downgrade(self, revision: str = "base") -> None:
        """Undo the migrations after ``revision``, with all that they brought."""
        from adapters.persistence.migrate import downgrade  # noqa: PLC0415 # as above

        downgrade(self._database.driver, revision)

    def disconnect(self) -> None:
        self._database.dispose()
