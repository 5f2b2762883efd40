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
    """What happened to an account, newest first, or to all of them for the operator (None)."""

    uow: UnitOfWork

    def __call__(
        self, user_id: UserId | None, before: SecurityEventPosition | None, limit: int
    ) -> SecurityEventPage:
        with self.uow.read() as tx:
            if user_id is None:
                found = tx.security_events.of_all(before, limit + 1)
            else:
                found = tx.security_events.of_user(user_id, before, limit + 1)
        if len(found) <= limit:
            return SecurityEventPage(found, next=None)
        last = found[limit - 1]
        return SecurityEventPage(found[:limit], SecurityEventPosition(last.at, last.id))
