from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, select, tuple_

from adapters.persistence.channel import QueryChannel
from adapters.persistence.engine import Database
from adapters.persistence.sessions import IS_LIVE
from adapters.persistence.sessions import to_entity as to_session
from adapters.persistence.statement import LIMIT, NO_OFFSET
from adapters.persistence.tables import second_factors, sessions, users
from adapters.persistence.types import BIG, Bytes
from adapters.persistence.users import to_entity as to_user
from domain.session import Session, SessionId
from domain.user import EmailAddress, User, UserId

_USERS = (
    select(second_factors.c.confirmed_at, users)
    .select_from(users.outerjoin(second_factors))
    .where(users.c.id > bindparam("after", type_=BIG))
    .order_by(users.c.id)
    .limit(LIMIT)
    .offset(NO_OFFSET)
)
_LIVE_SESSIONS = (
    select(users.c.email, sessions)
    .join(users, users.c.id == sessions.c.user_id)
    .where(
        tuple_(sessions.c.user_id, sessions.c.id)
        > tuple_(bindparam("user_id", type_=BIG), bindparam("id", type_=Bytes)),
        *IS_LIVE,
    )
    .order_by(sessions.c.user_id, sessions.c.id)
    .limit(LIMIT)
    .offset(NO_OFFSET)
)


class SqlDirectory:
    """Directory port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def users(self, after: UserId, limit: int) -> Sequence[tuple[User, datetime | None]]:
        page = {"after": after, "limit": limit}
        rows = QueryChannel(self._database).rows(_USERS, page)
        return [(to_user(row[1:]), row[0]) for row in rows]

    def live_sessions(
        self, now: datetime, after: tuple[UserId, SessionId], limit: int
    ) -> Sequence[tuple[EmailAddress, Session]]:
        page = {"now": now, "user_id": after[0], "id": after[1], "limit": limit}
        rows = QueryChannel(self._database).rows(_LIVE_SESSIONS, page)
        return [(row[0], to_session(row[1:])) for row in rows]
