from collections.abc import Sequence

from domain.task import Task, TaskNumber
from domain.user import UserId
from tests.unit.fakes.in_memory_store import Rows, TransactionMisuseError
from tests.unit.fakes.interruption import Interruption


class FakeTasks:
    def __init__(
        self, rows: Rows[tuple[UserId, TaskNumber], Task], before_list: Interruption
    ) -> None:
        self._rows = rows
        self._before_list = before_list

    def of_user(self, user_id: UserId) -> Sequence[Task]:
        self._before_list.happen()
        tasks = [task for task in self._rows.all() if task.user_id == user_id]
        return sorted(tasks, key=lambda task: task.number)

    def count(self, user_id: UserId) -> int:
        return sum(task.user_id == user_id for task in self._rows.all())

    def get(self, user_id: UserId, number: TaskNumber) -> Task | None:
        return self._rows.get((user_id, number))

    def add(self, task: Task) -> None:
        self._check_held(task.user_id)
        self._rows.add((task.user_id, task.number), task)

    def save(self, task: Task) -> None:
        self._check_held(task.user_id)
        if self.get(task.user_id, task.number) is None:
            raise TransactionMisuseError(f"there is no task {task.number} to save")
        self._rows.put((task.user_id, task.number), task)

    def remove(self, user_id: UserId, number: TaskNumber) -> bool:
        self._check_held(user_id)
        was_there = self.get(user_id, number) is not None
        self._rows.put((user_id, number), None)
        return was_there

    def _check_held(self, user_id: UserId) -> None:
        self._rows.scope.check_held(("task list", user_id))
