from collections.abc import Sequence
from dataclasses import dataclass

from application.ports.unit_of_work import UnitOfWork
from domain.task import Task
from domain.user import UserId


@dataclass(frozen=True, slots=True)
class ListTasks:
    """All of a user's tasks, by number."""

    uow: UnitOfWork

    def __call__(self, user_id: UserId) -> Sequence[Task]:
        with self.uow.read() as tx:
            return tx.tasks.of_user(user_id)
