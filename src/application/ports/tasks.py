from collections.abc import Sequence
from typing import Protocol

from domain.task import Task, TaskNumber
from domain.user import UserId


class Tasks(Protocol):
    """Tasks are reached only through their user, so another's task is not there at all.

    Writers call ``touch``, ``take_number`` or ``keep_number`` of TaskLists first, which hold the
    user's list for them.
    """

    def of_user(self, user_id: UserId) -> Sequence[Task]:
        """All of the user's tasks, by number."""
        ...

    def count(self, user_id: UserId) -> int:
        """How many tasks the user has. It takes the longer the more there are."""
        ...

    def get(self, user_id: UserId, number: TaskNumber) -> Task | None: ...

    def add(self, task: Task) -> None: ...

    def save(self, task: Task) -> None:
        """Replace what is stored of a task that is there."""
        ...

    def remove(self, user_id: UserId, number: TaskNumber) -> bool:
        """False when there was no such task."""
        ...
