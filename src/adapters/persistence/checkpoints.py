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
        self._is_ending = False
        self._thread = Thread()
        database.before_dispose(self.end)

    def count_commit(self) -> None:
        """For one caller at a time."""
        self._commits += 1
        if self._commits % EVERY == 0:
            # Where no thread can be started, a commit does it in the end.
            with suppress(RuntimeError):
                self._wake()

    def end(self) -> None:
        """Wait for the one under way. A connection must not be closed while it is in use."""
        if self._thread.is_alive():
            self._is_ending = True
            self._due.set()
            self._thread.join()

    def _wake(self) -> None:
        if not self._thread.is_alive():
            # All is made anew: in a forked process a lock may be held by nobody who is there.
            self._due, self._is_ending = Event(), False
            self._thread = Thread(
                target=self._run, args=(self._due,), name="checkpoints", daemon=True
            )
            self._thread.start()
        self._due.set()

    def _run(self, due: Event) -> None:
        while due.wait():
            # Before the look at what is due, or a call that comes between would be lost.
            due.clear()
            if self._is_ending:
                return
            # What could not be done now is done by the next one.
            with suppress(Unavailable):
                self._connection.command("PRAGMA wal_checkpoint(PASSIVE)")
