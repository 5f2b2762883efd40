from domain.password_reset import PasswordReset
from domain.second_factor import SecondFactor
from domain.session import Session, SessionId
from domain.task import Task, TaskNumber
from domain.user import EmailAddress, EmailTaken, User, UserId
from tests.unit.fakes.in_memory_store import Rows, TaskList


class FakeUsers:
    """Of the other tables it knows what goes when a user goes."""

    def __init__(
        self,
        rows: Rows[UserId, User],
        sessions: Rows[SessionId, Session],
        tasks: Rows[tuple[UserId, TaskNumber], Task],
        task_lists: Rows[UserId, TaskList],
        password_resets: Rows[UserId, PasswordReset],
        second_factors: Rows[UserId, SecondFactor],
    ) -> None:
        self._rows = rows
        self._sessions = sessions
        self._tasks = tasks
        self._task_lists = task_lists
        self._password_resets = password_resets
        self._second_factors = second_factors

    def add(self, user: User) -> None:
        self._take_address(user)
        self._rows.add(user.id, user)

    def get(self, user_id: UserId) -> User | None:
        return self._rows.get(user_id)

    def by_email(self, email: EmailAddress) -> User | None:
        return next((user for user in self._rows.all() if user.email == email), None)

    def lock(self, user_id: UserId) -> User | None:
        self._rows.scope.hold(("user", user_id))
        return self._rows.get(user_id)

    def lock_by_email(self, email: EmailAddress) -> User | None:
        found = self.by_email(email)
        return found and self.lock(found.id)

    def remove(self, user_id: UserId) -> None:
        self._rows.scope.check_held(("user", user_id))
        self._rows.scope.check_held(("task list", user_id))
        self._rows.put(user_id, None)
        self._sessions.remove(lambda session: session.user_id == user_id)
        self._tasks.remove(lambda task: task.user_id == user_id)
        self._task_lists.put(user_id, None)
        self._password_resets.put(user_id, None)
        self._second_factors.put(user_id, None)

    def save(self, user: User) -> None:
        self._rows.scope.check_held(("user", user.id))
        self._take_address(user)
        self._rows.put(user.id, user)

    def _take_address(self, user: User) -> None:
        self._rows.scope.hold(("email", user.email))
        owner = self.by_email(user.email)
        if owner is not None and owner.id != user.id:
            self._rows.scope.fail(EmailTaken())
