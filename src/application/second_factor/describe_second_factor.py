from dataclasses import dataclass

from application.ports.unit_of_work import UnitOfWork
from domain.second_factor import SecondFactor
from domain.user import UserId


@dataclass(frozen=True, slots=True)
class DescribeSecondFactor:
    """The second factor that the user's logins ask for; None where they ask for none."""

    uow: UnitOfWork

    def __call__(self, user_id: UserId) -> SecondFactor | None:
        with self.uow.read() as tx:
            factor = tx.second_factors.of_user(user_id)
        return factor if factor is not None and factor.is_active else None
