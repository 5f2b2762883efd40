from collections.abc import Collection, Sequence
from datetime import datetime

from domain.session import Session, SessionId, SessionLifetime
from domain.throttle import network_of
from domain.user import User, UserGone, UserId
from tests.unit.fakes.in_memory_store import Rows
from tests.unit.fakes.interruption import Interruption


class FakeSessions:
    def __init__(
        self,
        rows: Rows[SessionId, Session],
        users: Rows[UserId, User],
        before_replace: Interruption,
    ) -> None:
        self._rows = rows
        self._users = users
        self._before_replace = before_replace

    def add(self, session: Session) -> None:
        if self._users.get(session.user_id) is None:
            self._rows.scope.fail(UserGone())
        self._rows.add(session.id, session)

    def get(self, session_id: SessionId) -> Session | None:
        return self._rows.get(session_id)

    def of_user(self, user_id: UserId) -> Sequence[Session]:
        sessions = [session for session in self._rows.all() if session.user_id == user_id]
        by_id = sorted(sessions, key=lambda session: session.id)
        return sorted(by_id, key=lambda session: session.created_at, reverse=True)

    def live_of_user(self, user_id: UserId, now: datetime) -> Sequence[Session]:
        return [session for session in self.of_user(user_id) if session.lifetime.is_live(now)]

    def began_near(self, user_id: UserId, address: str, since: datetime) -> bool:
        network = network_of(address)
        return any(
            network_of(session.client.ip_address) == network and _end(session.lifetime) > since
            for session in self.of_user(user_id)
        )

    def networks_of(self, user_id: UserId) -> Collection[str]:
        return {network_of(session.client.ip_address) for session in self.of_user(user_id)}

    def remove_ended(self, before: datetime) -> int:
        return self._rows.remove(lambda session: _end(session.lifetime) < before)

    def lifetime_of(self, user_id: UserId, session_id: SessionId) -> SessionLifetime | None:
        session = self._rows.get(session_id)
        return session.lifetime if session is not None and session.user_id == user_id else None

    def hold(self, user_id: UserId, session_id: SessionId) -> SessionLifetime | None:
        self._rows.scope.hold(("session", session_id))
        return self.lifetime_of(user_id, session_id)

    def replace(self, before: Session, after: Session) -> bool:
        self._before_replace.happen()
        self._rows.scope.hold(("session", before.id))
        current = self._rows.get(before.id)
        if current is None or _state(current) != _state(before):
            return False
        stays = current.user_id, current.client.ip_address
        assert (after.user_id, after.client.ip_address) == stays
        assert current.lifetime.revoked_at in {None, after.lifetime.revoked_at}
        self._rows.put(after.id, after)
        return True


def _state(session: Session) -> tuple[UserId, int, int, datetime, bool]:
    return (
        session.user_id,
        session.generation,
        session.grace_hits,
        session.lifetime.expires_at,
        session.lifetime.revoked_at is not None,
    )


def _end(lifetime: SessionLifetime) -> datetime:
    expiry = min(lifetime.idle_expires_at, lifetime.expires_at)
    return min(expiry, lifetime.revoked_at or expiry)
