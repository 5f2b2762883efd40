from dataclasses import dataclass

from application.ports.unit_of_work import UnitOfWork
from domain.task import Task, TaskNotFound, TaskNumber
from domain.user import UserId


@dataclass(frozen=True, slots=True)
class GetTask:
    """Raises TaskNotFound."""

    uow: UnitOfWork

    def __call__(self, user_id: UserId, number: TaskNumber) -> Task:
        with self.uow.read() as tx:
            task = tx.tasks.get(user_id, number)
        if task is None:
            raise TaskNotFound
        return task
