from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import bindparam, delete, insert, select, tuple_

from adapters.persistence.channel import Channel
from adapters.persistence.statement import LIMIT, NO_OFFSET, Parameters, Row
from adapters.persistence.tables import security_events
from adapters.persistence.types import BIG, Bytes, UtcTime
from domain.security_event import (
    SecurityEvent,
    SecurityEventId,
    SecurityEventKind,
    SecurityEventPosition,
)
from domain.session import Client
from domain.user import UserId

_NOBODY = 0
"""No user has this id, and a key can't hold NULL."""

_BEFORE_ALL = SecurityEventPosition(
    datetime.max.replace(tzinfo=UTC), SecurityEventId(bytes([255]) * 16)
)

_ADD = insert(security_events)
_USER = security_events.c.user_id == bindparam("user_id", type_=BIG)
_PAGE = (
    select(security_events)
    .where(
        tuple_(security_events.c.at, security_events.c.id)
        < tuple_(bindparam("at", type_=UtcTime), bindparam("id", type_=Bytes))
    )
    .order_by(security_events.c.at.desc(), security_events.c.id.desc())
    .limit(LIMIT)
    .offset(NO_OFFSET)
)
_PAGE_OF_USER = _PAGE.where(_USER)
_REMOVE_OF_USER = delete(security_events).where(_USER)
_REMOVE_OLDER = delete(security_events).where(
    security_events.c.at < bindparam("than", type_=UtcTime)
)


def to_row(event: SecurityEvent) -> Parameters:
    return {
        "user_id": event.user_id or _NOBODY,
        "at": event.at,
        "id": event.id,
        "kind": event.kind.value,
        "session_id": event.session_id,
        "client_label": event.client.label,
        "user_agent": event.client.user_agent,
        "ip_address": event.client.ip_address,
        "detail": event.detail,
    }


def to_entity(row: Row) -> SecurityEvent:
    user_id, at, event_id, kind, session_id = row[:5]
    return SecurityEvent(
        id=event_id,
        kind=SecurityEventKind(kind),
        at=at,
        user_id=user_id or None,
        session_id=session_id,
        client=Client(*row[5:8]),
        detail=row[8],
    )


class SqlSecurityEvents:
    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def add(self, event: SecurityEvent) -> None:
        self._channel.run(_ADD, to_row(event))

    def of_user(
        self, user_id: UserId, before: SecurityEventPosition | None, limit: int
    ) -> Sequence[SecurityEvent]:
        page = {**_page(before, limit), "user_id": user_id}
        return [to_entity(row) for row in self._channel.rows(_PAGE_OF_USER, page)]

    def of_all(self, before: SecurityEventPosition | None, limit: int) -> Sequence[SecurityEvent]:
        return [to_entity(row) for row in self._channel.rows(_PAGE, _page(before, limit))]

    def remove_of_user(self, user_id: UserId) -> None:
        self._channel.run(_REMOVE_OF_USER, {"user_id": user_id})

    def remove_older(self, than: datetime) -> int:
        return self._channel.run(_REMOVE_OLDER, {"than": than})


def _page(before: SecurityEventPosition | None, limit: int) -> Parameters:
    position = before or _BEFORE_ALL
    return {"at": position.at, "id": position.id, "limit": limit}
