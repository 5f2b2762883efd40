"""Bringing SQLite's journal into its file, while others go on to write."""

from contextlib import suppress
from threading import Event, Thread

from adapters.persistence.engine import Database
from domain.errors import Unavailable

EVERY = 12
"""Commits. The fewer, the less the disk has to do at a time, and those who write wait for it."""


class Checkpoints:
    """A thread that does what SQLite would else do within the commit that fills the journal.

    That one would take ten times as long as others, and all who write would wait for it. A passive
    checkpoint keeps nobody from reading or writing meanwhile.
    """

    def __init__(self, database: Database) -> None:
        self._connection = database.new_connection()
        self._commits = 0
        self._due = Event()
        self._thread = Thread()

    def count_commit(self) -> None:
        self._commits += 1
        if self._commits % EVERY:
            return
        # A forked process has none, whatever its parent had.
        if not self._thread.is_alive():
            self._thread = Thread(target=self._run, name="checkpoints", daemon=True)
            self._thread.start()
        self._due.set()

    def _run(self) -> None:
        while self._due.wait():
            self._due.clear()
            # What could not be done now is done by the next one, or by a commit in the end.
            with suppress(Unavailable):
                self._connection.command("PRAGMA wal_checkpoint(PASSIVE)")
