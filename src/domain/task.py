"""What a user keeps."""

from datetime import datetime
from typing import NamedTuple, NewType

from domain.errors import Invalid, NotFound, Rejected, TooManyRequests
from domain.user import UserId

TaskNumber = NewType("TaskNumber", int)
"""Counts from 1 within its user and is never used twice, not even after the task is deleted."""

MAX_NAME_LENGTH = 500
MAX_TASKS = 10_000
"""How many a user keeps at most, unless the operator decides otherwise."""


class InvalidTask(Invalid):
    code = "T02"
    sentence = "The task is not valid."


class TaskNotFound(NotFound):
    code = "T01"
    sentence = "There is no such task."


class TooManyTasks(Rejected):
    code = "T03"
    sentence = "You keep as many tasks as an account may have. Delete some before you add another."


class TooManyTaskChanges(TooManyRequests):
    code = "T04"
    sentence = "You change your tasks more quickly than one account may. Go on in a moment."


class Task(NamedTuple):
    """A named tuple and no dataclass, since lists of them are made at almost every request.

    ``ts`` is the time the user's client gives the task; ``version`` counts changes from 1.
    """

    user_id: UserId
    number: TaskNumber
    name: str
    is_completed: bool
    ts: datetime
    version: int

    @classmethod
    def new(
        cls, user_id: UserId, number: TaskNumber, name: str, is_completed: bool, ts: datetime
    ) -> "Task":
        return cls(user_id, number, _checked(name), is_completed, ts, version=1)

    def change(
        self,
        *,
        name: str | None = None,
        is_completed: bool | None = None,
        ts: datetime | None = None,
    ) -> "Task":
        """The task with what is given changed and the rest kept; itself when nothing differs."""
        changed = self._replace(
            name=self.name if name is None else _checked(name),
            is_completed=self.is_completed if is_completed is None else is_completed,
            ts=self.ts if ts is None else ts,
        )
        return self if changed == self else changed._replace(version=self.version + 1)


def require_room(kept: int, limit: int) -> None:
    """Raises TooManyTasks when whoever keeps so many may not add one."""
    if kept >= limit:
        raise TooManyTasks


def _checked(name: str) -> str:
    if not name.strip():
        raise InvalidTask("The task's name is missing.")
    if len(name) > MAX_NAME_LENGTH:
        raise InvalidTask(f"The task's name must have at most {MAX_NAME_LENGTH} characters.")
    if "\x00" in name:
        raise InvalidTask("The task's name must not contain the NUL character.")
    return name
