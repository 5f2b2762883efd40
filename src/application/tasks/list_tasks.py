from collections.abc import Collection, Sequence
from dataclasses import dataclass

from application.ports.unit_of_work import UnitOfWork
from domain.task import Task
from domain.user import UserId


@dataclass(frozen=True, slots=True)
class TaskList:
    """A user's tasks by number, as they stood at a revision or later.

    ``tasks`` is None when the caller knows this revision.
    """

    revision: int
    tasks: Sequence[Task] | None


@dataclass(frozen=True, slots=True)
class ListTasks:
    """All of a user's tasks, unless they are still as the caller knows them."""

    uow: UnitOfWork

    def __call__(self, user_id: UserId, known_revisions: Collection[int] = ()) -> TaskList:
        with self.uow.read() as tx:
            # The revision first: then a change in between makes the list newer than it says.
            revision = tx.task_lists.revision(user_id)
            if revision in known_revisions:
                return TaskList(revision, None)
            return TaskList(revision, tx.tasks.of_user(user_id))
