from domain.task import TaskNumber
from domain.user import User, UserGone, UserId
from tests.unit.fakes.in_memory_store import Rows, TaskList
from tests.unit.fakes.interruption import Interruption


class FakeTaskLists:
    def __init__(
        self,
        rows: Rows[UserId, TaskList],
        users: Rows[UserId, User],
        before_hold: Interruption,
    ) -> None:
        self._rows = rows
        self._users = users
        self._before_hold = before_hold

    def take_number(self, user_id: UserId) -> TaskNumber:
        before = self._hold(user_id)
        number = TaskNumber(before.last_number + 1)
        self._rows.put(user_id, TaskList(number, before.revision + 1))
        return number

    def keep_number(self, user_id: UserId, number: TaskNumber) -> None:
        before = self._hold(user_id)
        self._rows.put(user_id, TaskList(max(before.last_number, number), before.revision + 1))

    def touch(self, user_id: UserId) -> None:
        before = self._hold(user_id)
        self._rows.put(user_id, TaskList(before.last_number, before.revision + 1))

    def revision(self, user_id: UserId) -> int:
        return self._of(user_id).revision

    def _hold(self, user_id: UserId) -> TaskList:
        self._before_hold.happen()
        self._rows.scope.hold(("task list", user_id))
        if self._users.get(user_id) is None:
            self._rows.scope.fail(UserGone())
        return self._of(user_id)

    def _of(self, user_id: UserId) -> TaskList:
        return self._rows.get(user_id) or TaskList()
