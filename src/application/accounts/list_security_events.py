from collections.abc import Sequence
from dataclasses import dataclass

from application.ports.unit_of_work import UnitOfWork
from domain.security_event import SecurityEvent, SecurityEventPosition
from domain.user import UserId

MAX_PAGE = 200


@dataclass(frozen=True, slots=True)
class SecurityEventPage:
    """``next`` is where the following page begins; None on the last one."""

    events: Sequence[SecurityEvent]
    next: SecurityEventPosition | None


@dataclass(frozen=True, slots=True)
class ListSecurityEvents:
    """What happened to an account, newest first."""

    uow: UnitOfWork

    def __call__(
        self, user_id: UserId, before: SecurityEventPosition | None, limit: int
    ) -> SecurityEventPage:
        with self.uow.read() as tx:
            return _page(tx.security_events.of_user(user_id, before, limit + 1), limit)

    def of_all(self, before: SecurityEventPosition | None, limit: int) -> SecurityEventPage:
        """Of all accounts, for the operator."""
        with self.uow.read() as tx:
            return _page(tx.security_events.of_all(before, limit + 1), limit)


def _page(found: Sequence[SecurityEvent], limit: int) -> SecurityEventPage:
    """Of one more than it holds, where there is another page."""
    if len(found) <= limit:
        return SecurityEventPage(found, next=None)
    last = found[limit - 1]
    return SecurityEventPage(found[:limit], SecurityEventPosition(last.at, last.id))
