from datetime import datetime

from domain.password_reset import PasswordReset
from domain.user import UserId
from tests.unit.fakes.in_memory_store import Rows


class FakePasswordResets:
    def __init__(self, rows: Rows[UserId, PasswordReset]) -> None:
        self._rows = rows

    def put(self, reset: PasswordReset) -> None:
        self._rows.scope.check_held(("user", reset.user_id))
        self._rows.put(reset.user_id, reset)

    def by_token_hash(self, token_hash: bytes) -> PasswordReset | None:
        return next((reset for reset in self._rows.all() if reset.token_hash == token_hash), None)

    def remove(self, user_id: UserId) -> None:
        self._rows.scope.check_held(("user", user_id))
        self._rows.put(user_id, None)

    def remove_expired(self, now: datetime) -> int:
        return self._rows.remove(lambda reset: reset.expires_at <= now)
