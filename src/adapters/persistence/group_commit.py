"""SQLite has one writer at a time, and a commit waits for the disk: so they are made together.

The transactions of a process run one after another inside one of SQLite's, each in a savepoint of
its own, and are committed as a group once none is about to join. Between processes a file lock
is the queue, since SQLite only polls and lets some wait for seconds.

Nobody is told of what is not on disk yet: neither of their own commit, nor of a refusal for which
the reason may be what an earlier member of their group has kept.
"""

from contextlib import suppress
from time import monotonic

from adapters.persistence.checkpoints import Checkpoints
from adapters.persistence.engine import Database
from adapters.persistence.file_queue import FileQueue
from adapters.persistence.group import Group
from adapters.persistence.turn import Call
from adapters.persistence.turnstile import Turnstile
from application.ports.store import StoreUnavailable

MAX_MEMBERS = 64
"""A group is committed at this size even though others wait, so that its first need not."""

SECONDS_FOR_WRITERS = 0.003
"""For so long after a group has begun, those who come to write are let join before its commit.

Other processes wait meanwhile, so it is no more than a few times what a commit takes.
"""


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
        self._turn = database.turn
        self._queue = queue
        self._turnstile = Turnstile(database.turn)
        self._checkpoints = Checkpoints(database)
        self._group: Group | None = None

    def join(self) -> None:
        """Raises StoreUnavailable when the turn has not come within the busy timeout."""
        self._refuse_after_fork()
        deadline = monotonic() + self._patience
        call = self._turnstile.enter()
        if call is not None:
            self._wait_for(call, deadline)
        try:
            group = self._group or self._open(deadline)
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
            group.wait()

    def _wait_for(self, call: Call, deadline: float) -> None:
        try:
            if call.wait(deadline):
                return
        except BaseException:
            if not self._turnstile.give_up(call):
                self._pass_on()
            raise
        if self._turnstile.give_up(call):
            raise StoreUnavailable

    def _open(self, deadline: float) -> Group:
        try:
            if self.connection.is_open and self._queue.try_enter():
                # Not if somebody writes past the queue: they are waited for aside, too.
                with suppress(StoreUnavailable):
                    return self._open_within(0)
            with self._turn.aside(first=True):
                self._queue.enter(deadline)
                return self._open_within(deadline - monotonic())
        except BaseException:
            if self._group is None and self.connection.is_in_driver_transaction:
                self.connection.rollback()
            # Who wrote past the queue may have made a new file in the place of this.
            self._queue.start_anew()
            raise

    def _open_within(self, seconds: float) -> Group:
        self.connection.command(f"PRAGMA busy_timeout = {max(0, round(seconds * 1000))}")
        self.connection.command(self._begin)
        self._group = Group(self._turn)
        return self._group

    def _pass_on(self) -> None:
        """Let the next one in, who commits, or the one after. Commit if there is none."""
        group = self._group
        if group is None:
            self._turnstile.leave()
        elif not (self._may_grow(group) and self._let_next_join(group)):
            self._commit(group)

    def _let_next_join(self, group: Group) -> bool:
        """False when nobody asks to, nor did after those who wait to write have had their turn."""
        if self._turnstile.hand_over():
            return True
        # Who keeps nothing commits nothing, so there is nothing to share.
        return (
            group.has_kept
            and self._turn.let_writers_go_first(group.began + SECONDS_FOR_WRITERS)
            and self._turnstile.hand_over()
        )

    def _may_grow(self, group: Group) -> bool:
        return group.members < MAX_MEMBERS and self.connection.is_in_driver_transaction

    def _commit(self, group: Group) -> None:
        with self._turn.aside():
            try:
                self.connection.command("COMMIT" if group.has_kept else "ROLLBACK")
            except BaseException as error:
                self._lose(group.failure or error)
                if not isinstance(error, Exception):
                    raise
            finally:
                self._group = None
                self._leave_queue()
                self._checkpoints.count_commit()
                self._turnstile.leave()
                group.end()

    def _leave_queue(self) -> None:
        try:
            self._queue.leave()
        except StoreUnavailable:
            # What is on disk is there, whatever becomes of the lock, which closing frees, too.
            self._queue.start_anew()

    def _lose(self, cause: BaseException) -> None:
        if self._group is not None:
            self._group.failure = cause
        if self.connection.is_in_driver_transaction:
            self.connection.rollback()
