from collections.abc import Sequence

from sqlalchemy import bindparam, delete, func, insert, select, update

from adapters.persistence.channel import Channel
from adapters.persistence.statement import Parameters
from adapters.persistence.tables import tasks
from domain.task import Task, TaskNumber
from domain.user import UserId

_IS_USERS = tasks.c.user_id == bindparam("user_id")
_IS_THIS = (_IS_USERS, tasks.c.number == bindparam("number"))

_OF_USER = select(tasks).where(_IS_USERS).order_by(tasks.c.number)
_COUNT = select(func.count()).select_from(tasks).where(_IS_USERS)
_GET = select(tasks).where(*_IS_THIS)
_ADD = insert(tasks)
_SAVE = (
    update(tasks)
    .where(*_IS_THIS)
    .values({column.name: bindparam(column.name) for column in tasks.c if not column.primary_key})
)
_REMOVE = delete(tasks).where(*_IS_THIS)


def to_row(task: Task) -> Parameters:
    return {
        "user_id": task.user_id,
        "number": task.number,
        "name": task.name,
        "is_completed": task.is_completed,
        "ts": task.ts,
        "version": task.version,
    }


class SqlTasks:
    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def of_user(self, user_id: UserId) -> Sequence[Task]:
        return list(map(Task._make, self._channel.rows(_OF_USER, {"user_id": user_id})))

    def count(self, user_id: UserId) -> int:
        ((count,),) = self._channel.rows(_COUNT, {"user_id": user_id})
        return int(count)

    def get(self, user_id: UserId, number: TaskNumber) -> Task | None:
        row = self._channel.first(_GET, {"user_id": user_id, "number": number})
        return Task._make(row) if row else None

    def add(self, task: Task) -> None:
        self._channel.run(_ADD, to_row(task))

    def save(self, task: Task) -> None:
        self._channel.run(_SAVE, to_row(task))

    def remove(self, user_id: UserId, number: TaskNumber) -> bool:
        return self._channel.run(_REMOVE, {"user_id": user_id, "number": number}) == 1
