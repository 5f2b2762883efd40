from collections.abc import Sequence
from datetime import datetime

from domain.session import Session, SessionId
from domain.user import EmailAddress, User, UserId
from tests.unit.fakes.in_memory_store import InMemoryStore


class FakeDirectory:
    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    def users(self, after: UserId, limit: int) -> Sequence[tuple[User, datetime | None]]:
        page = [id_ for id_ in sorted(self._store.users) if id_ > after][:limit]
        return [(self._store.users[id_], self._second_factor_since(id_)) for id_ in page]

    def live_sessions(
        self, now: datetime, after: tuple[UserId, SessionId], limit: int
    ) -> Sequence[tuple[EmailAddress, Session]]:
        live = {
            (session.user_id, session.id): session
            for session in self._store.sessions.values()
            if session.lifetime.is_live(now)
        }
        return [
            (self._store.users[place[0]].email, live[place])
            for place in sorted(live)
            if place > after
        ][:limit]

    def _second_factor_since(self, user_id: UserId) -> datetime | None:
        factor = self._store.second_factors.get(user_id)
        return factor.confirmed_at if factor else None
