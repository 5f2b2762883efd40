"""SQLite has one writer at a time, and a commit waits for the disk: so they are made together.

The transactions of a process run one after another inside one of SQLite's, each in a savepoint of
its own, and are committed as a group once none is waiting to join. Nobody is told of a commit
before the group's is on disk. Between processes a file lock is the queue, since SQLite only polls
and lets some wait for seconds.
"""

from contextlib import suppress
from pathlib import Path
from threading import Event, Lock

from adapters.persistence.engine import Database
from adapters.persistence.file_queue import FileQueue
from adapters.persistence.waiting import Aside
from application.ports.store import StoreUnavailable

MAX_MEMBERS = 64
"""A group is committed at this size even though others wait, so that its first need not."""


class _Group:
    """Transactions that become durable together, or not at all."""

    def __init__(self) -> None:
        self.members = 0
        self._failure: Exception | None = None
        self._is_over = Event()

    def end(self, failure: Exception | None) -> None:
        self._failure = failure
        self._is_over.set()

    def wait(self) -> None:
        """Raises StoreUnavailable when the group's commit has failed."""
        self._is_over.wait()
        if self._failure is not None:
            sentence = str(self._failure) if isinstance(self._failure, StoreUnavailable) else None
            raise StoreUnavailable(sentence) from self._failure


class GroupCommit:
    """The one writing connection of a process, and the queue before it.

    A transaction is ``join``, then statements on ``connection``, then ``keep`` or ``discard``,
    then ``leave``, which returns when all that was kept is durable.
    """

    def __init__(self, database: Database, queue_file: Path, aside: Aside) -> None:
        self.connection = database.new_connection()
        self._begin = database.driver.begin
        self._aside = aside
        self._queue = FileQueue(queue_file, database.busy_timeout)
        self._turnstile = Lock()
        self._waiting = 0
        self._waiting_lock = Lock()
        self._group: _Group | None = None

    def join(self) -> None:
        with self._waiting_lock:
            self._waiting += 1
        with self._aside():
            self._turnstile.acquire()
        with self._waiting_lock:
            self._waiting -= 1
        try:
            if self._group is None:
                self._open_group()
            self.connection.command("SAVEPOINT member")
        except BaseException:
            self._pass_on()
            raise

    def keep(self) -> None:
        self.connection.command("RELEASE member")

    def discard(self) -> None:
        # Where all of the transaction is lost, as on a full disk, there is nothing to undo.
        with suppress(Exception):
            self.connection.command("ROLLBACK TO member")
            self.connection.command("RELEASE member")

    def leave(self, *, kept: bool) -> None:
        """Raises StoreUnavailable when what was kept could not be made durable."""
        group = self._group
        if group is None:
            raise RuntimeError("No transaction has joined.")
        group.members += kept
        self._pass_on()
        if kept:
            with self._aside():
                group.wait()

    def _open_group(self) -> None:
        with self._aside():
            self._queue.enter()
            try:
                self.connection.command(self._begin)
            except BaseException:
                self._queue.leave()
                raise
        self._group = _Group()

    def _pass_on(self) -> None:
        """Let the next one in; it commits, or the one after it. Commit if there is none."""
        group = self._group
        if group is not None and not self._may_go_on(group):
            self._group = None
            failure = self._commit(group)
            self._queue.leave()
            self._turnstile.release()
            group.end(failure)
        else:
            self._turnstile.release()

    def _may_go_on(self, group: _Group) -> bool:
        return (
            self._waiting > 0
            and group.members < MAX_MEMBERS
            and self.connection.is_in_driver_transaction
        )

    def _commit(self, group: _Group) -> Exception | None:
        try:
            with self._aside():
                self.connection.command("COMMIT" if group.members else "ROLLBACK")
        except Exception as error:
            with suppress(Exception):
                self.connection.command("ROLLBACK")
            return error
        return None
