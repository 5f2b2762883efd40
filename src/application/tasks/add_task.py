from dataclasses import dataclass
from datetime import datetime

from application.ports.clock import Clock
from application.ports.unit_of_work import UnitOfWork
from application.sessions.authenticate import Authenticate
from application.tasks.limit_changes import LimitChanges
from domain.session import AccessToken
from domain.task import Task, require_room
from domain.user import UserId


@dataclass(frozen=True, slots=True)
class AddTaskCommand:
    user_id: UserId
    name: str
    is_completed: bool = False
    ts: datetime | None = None
    caller: AccessToken | None = None


@dataclass(frozen=True, slots=True)
class AddTask:
    """Raises InvalidTask, TooManyTasks, TooManyTaskChanges, InvalidAccessToken or UserGone.

    A task without a time gets the present one. ``limit`` is how many a user keeps at most.
    """

    uow: UnitOfWork
    authenticate: Authenticate
    limit_changes: LimitChanges
    clock: Clock
    limit: int

    def __call__(self, command: AddTaskCommand) -> Task:
        self.limit_changes(command.user_id)
        ts = command.ts or self.clock.now()
        with self.uow.begin() as tx:
            number = tx.task_lists.take_number(command.user_id)
            self.authenticate.until_commit(tx, command.caller)
            # No number is given twice: up to the limit, there cannot be more tasks than that.
            if number > self.limit:
                require_room(tx.tasks.count(command.user_id), self.limit)
            task = Task.new(command.user_id, number, command.name, command.is_completed, ts)
            tx.tasks.add(task)
            tx.commit()
        return task
