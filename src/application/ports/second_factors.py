from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from domain.second_factor import SecondFactor
from domain.user import UserId


class SecondFactors(Protocol):
    """``put`` and ``remove`` are only for a user whom this transaction has locked."""

    def put(self, factor: SecondFactor) -> None:
        """In place of the one that the user may have."""
        ...

    def of_user(self, user_id: UserId) -> SecondFactor | None: ...

    def remove(self, user_id: UserId) -> None:
        """The one that the user may have."""
        ...

    def remove_pending(self, begun_before: datetime) -> int:
        """Those that nobody has confirmed since; how many they were."""
        ...

    def page(self, after: UserId, limit: int) -> Sequence[SecondFactor]:
        """By user, after the one given; the first page comes after 0."""
        ...
