from dataclasses import dataclass
from datetime import datetime

from application.ports.unit_of_work import UnitOfWork
from application.sessions.authenticate import Authenticate
from application.tasks.limit_changes import LimitChanges
from domain.session import AccessToken
from domain.task import Task, TaskNotFound, TaskNumber
from domain.user import UserId


@dataclass(frozen=True, slots=True)
class ChangeTaskCommand:
    """None leaves a member of the task as it is."""

    user_id: UserId
    number: TaskNumber
    name: str | None = None
    is_completed: bool | None = None
    ts: datetime | None = None
    caller: AccessToken | None = None


@dataclass(frozen=True, slots=True)
class ChangeTask:
    """Raises TaskNotFound, InvalidTask, TooManyTaskChanges, InvalidAccessToken or UserGone."""

    uow: UnitOfWork
    authenticate: Authenticate
    limit_changes: LimitChanges

    def __call__(self, command: ChangeTaskCommand) -> Task:
        self.limit_changes(command.user_id)
        with self.uow.begin() as tx:
            tx.task_lists.touch(command.user_id)
            self.authenticate.until_commit(tx, command.caller)
            task = tx.tasks.get(command.user_id, command.number)
            if task is None:
                raise TaskNotFound
            changed = task.change(
                name=command.name, is_completed=command.is_completed, ts=command.ts
            )
            if changed != task:
                tx.tasks.save(changed)
                tx.commit()
        return changed
