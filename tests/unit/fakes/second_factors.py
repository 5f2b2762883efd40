from collections.abc import Sequence
from datetime import datetime

from domain.second_factor import SecondFactor
from domain.user import UserId
from tests.unit.fakes.in_memory_store import Rows


class FakeSecondFactors:
    def __init__(self, rows: Rows[UserId, SecondFactor]) -> None:
        self._rows = rows

    def put(self, factor: SecondFactor) -> None:
        self._rows.scope.check_held(("user", factor.user_id))
        self._rows.put(factor.user_id, factor)

    def of_user(self, user_id: UserId) -> SecondFactor | None:
        return self._rows.get(user_id)

    def remove(self, user_id: UserId) -> None:
        self._rows.scope.check_held(("user", user_id))
        self._rows.put(user_id, None)

    def remove_pending(self, begun_before: datetime) -> int:
        return self._rows.remove(
            lambda factor: not factor.is_active and factor.begun_at < begun_before
        )

    def page(self, after: UserId, limit: int) -> Sequence[SecondFactor]:
        later = (factor for factor in self._rows.all() if factor.user_id > after)
        return sorted(later, key=lambda factor: factor.user_id)[:limit]
