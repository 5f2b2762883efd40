from dataclasses import dataclass
from datetime import datetime

from application.ports.clock import Clock
from application.ports.unit_of_work import UnitOfWork
from domain.task import Task
from domain.user import UserId


@dataclass(frozen=True, slots=True)
class AddTaskCommand:
    user_id: UserId
    name: str
    is_completed: bool = False
    ts: datetime | None = None


@dataclass(frozen=True, slots=True)
class AddTask:
    """Raises InvalidTask or UserGone. A task without a time gets the present one."""

    uow: UnitOfWork
    clock: Clock

    def __call__(self, command: AddTaskCommand) -> Task:
        ts = command.ts or self.clock.now()
        with self.uow.begin() as tx:
            number = tx.task_lists.take_number(command.user_id)
            task = Task.new(command.user_id, number, command.name, command.is_completed, ts)
            tx.tasks.add(task)
            tx.commit()
        return task
