"""SQLite has one writer at a time, and a commit waits for the disk: so they are made together.

The transactions of a process run one after another inside one of SQLite's, each in a savepoint of
its own, and are committed as a group once none is waiting to join. Between processes a file lock
is the queue, since SQLite only polls and lets some wait for seconds.

Nobody is told of what is not on disk yet: neither of their own commit, nor of a refusal for which
the reason may be what an earlier member of their group has kept.
"""

from time import monotonic
from typing import Final

from adapters.persistence.engine import Database
from adapters.persistence.file_queue import FileQueue
from adapters.persistence.group import Group
from adapters.persistence.turnstile import Place, Turnstile
from application.ports.store import StoreUnavailable

MAX_MEMBERS = 64
"""A group is committed at this size even though others wait, so that its first need not."""

_NEARLY_ALL: Final = 0.9
"""The part of its time that a writer must have left if SQLite is to wait as it always does."""


class GroupCommit:
    """The one writing connection of a process, and the queue before it.

    A transaction is ``join``, then statements on ``connection``, then ``keep`` or ``discard``,
    then ``leave``, which returns when all that it did or saw is durable.
    """

    def __init__(self, database: Database, queue: FileQueue) -> None:
        self.connection = database.new_connection()
        self._refuse_after_fork = database.refuse_after_fork
        self._begin = database.driver.begin
        self._patience = database.busy_timeout.total_seconds()
        self._aside = database.aside
        self._queue = queue
        self._turnstile = Turnstile()
        self._group: Group | None = None

    def join(self) -> None:
        """Raises StoreUnavailable when the turn has not come within the busy timeout."""
        self._refuse_after_fork()
        deadline = monotonic() + self._patience
        place = self._turnstile.enter()
        if place is not None:
            self._wait_for_turn(place, deadline)
        try:
            group = self._group or self._open_group(deadline)
            group.members += 1
            self.connection.command("SAVEPOINT member")
        except BaseException:
            self._pass_on()
            raise

    def keep(self) -> None:
        self.connection.command("RELEASE member")

    def discard(self, cause: Exception | None = None) -> None:
        """Undo what the member did; ``cause`` is the error of the store that it came to."""
        try:
            self.connection.command("ROLLBACK TO member")
            self.connection.command("RELEASE member")
        except BaseException as error:
            # All is lost, as on a full disk; or has to be, lest this part be committed with it.
            self._lose(cause or error)
            if not isinstance(error, Exception):
                raise

    def leave(self, *, kept: bool) -> None:
        """Raises StoreUnavailable when what was kept until now could not be made durable."""
        group = self._group
        if group is None:
            raise RuntimeError("No transaction has joined.")
        group.has_kept = rests_on_group = group.has_kept or kept
        self._pass_on()
        if rests_on_group:
            group.wait(self._aside)

    def _wait_for_turn(self, place: Place, deadline: float) -> None:
        try:
            with self._aside():
                if place.is_called_by(deadline):
                    return
        except BaseException:
            if not self._turnstile.is_given_up(place):
                self._pass_on()
            raise
        if self._turnstile.is_given_up(place):
            raise StoreUnavailable

    def _open_group(self, deadline: float) -> Group:
        with self._aside():
            self._queue.enter(deadline)
            try:
                self._begin_until(deadline)
            except BaseException:
                # Somebody has come past the queue, perhaps by a new file in the place of this.
                self._queue.start_anew()
                raise
            self._group = Group()
        return self._group

    def _begin_until(self, deadline: float) -> None:
        left = deadline - monotonic()
        if left >= _NEARLY_ALL * self._patience:
            self.connection.command(self._begin)
            return
        self._let_sqlite_wait(left)
        try:
            self.connection.command(self._begin)
        finally:
            self._let_sqlite_wait(self._patience)

    def _let_sqlite_wait(self, seconds: float) -> None:
        self.connection.command(f"PRAGMA busy_timeout = {max(0, round(seconds * 1000))}")

    def _pass_on(self) -> None:
        """Let the next one in, who commits, or the one after. Commit if there is none."""
        group = self._group
        if group is None:
            self._turnstile.leave()
        elif not (self._may_grow(group) and self._turnstile.hand_over()):
            self._commit(group)

    def _may_grow(self, group: Group) -> bool:
        return group.members < MAX_MEMBERS and self.connection.is_in_driver_transaction

    def _commit(self, group: Group) -> None:
        try:
            with self._aside():
                self.connection.command("COMMIT" if group.has_kept else "ROLLBACK")
        except BaseException as error:
            self._lose(group.failure or error)
            if not isinstance(error, Exception):
                raise
        finally:
            self._group = None
            self._queue.leave()
            self._turnstile.leave()
            group.end()

    def _lose(self, cause: BaseException) -> None:
        if self._group is not None:
            self._group.failure = cause
        if self.connection.is_in_driver_transaction:
            self.connection.rollback()
