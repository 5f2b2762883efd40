from sqlalchemy import insert

from adapters.persistence.channel import Channel
from adapters.persistence.statement import Parameters, Row
from adapters.persistence.tables import security_events
from domain.security_event import SecurityEvent, SecurityEventKind

_NOBODY = 0
"""No user has this id, and a key can't hold NULL."""

_ADD = insert(security_events)


def to_row(event: SecurityEvent) -> Parameters:
    return {
        "user_id": event.user_id or _NOBODY,
        "at": event.at,
        "id": event.id,
        "kind": event.kind.value,
        "session_id": event.session_id,
        "ip_address": event.ip_address,
        "user_agent": event.user_agent,
    }


def to_entity(row: Row) -> SecurityEvent:
    user_id, at, event_id, kind, session_id, ip_address, user_agent = row
    return SecurityEvent(
        id=event_id,
        kind=SecurityEventKind(kind),
        at=at,
        user_id=user_id or None,
        session_id=session_id,
        ip_address=ip_address,
        user_agent=user_agent,
    )


class SqlSecurityEvents:
    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def add(self, event: SecurityEvent) -> None:
        self._channel.run(_ADD, to_row(event))
