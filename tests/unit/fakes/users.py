from domain.user import EmailAddress, EmailTaken, User, UserId
from tests.unit.fakes.in_memory_store import Rows


class FakeUsers:
    def __init__(self, rows: Rows[UserId, User]) -> None:
        self._rows = rows

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

    def save(self, user: User) -> None:
        self._rows.scope.check_held(("user", user.id))
        self._take_address(user)
        self._rows.put(user.id, user)

    def _take_address(self, user: User) -> None:
        self._rows.scope.hold(("email", user.email))
        owner = self.by_email(user.email)
        if owner is not None and owner.id != user.id:
            raise EmailTaken
