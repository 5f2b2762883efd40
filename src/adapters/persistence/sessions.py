from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    Boolean,
    ColumnElement,
    Exists,
    bindparam,
    delete,
    exists,
    insert,
    or_,
    select,
    update,
)

from adapters.persistence.channel import Channel
from adapters.persistence.faults import ForeignKeyViolated
from adapters.persistence.statement import Parameters, Row
from adapters.persistence.tables import sessions
from adapters.persistence.types import BIG, Bytes, UtcTime
from domain.session import Client, RevocationReason, Session, SessionId, SessionLifetime
from domain.throttle import network_of
from domain.user import UserGone, UserId

_USER = bindparam("user_id", type_=BIG)
_ADD = insert(sessions)
_BY_ID = select(sessions).where(sessions.c.id == bindparam("id"))
_OF_USER = (
    select(sessions)
    .where(sessions.c.user_id == _USER)
    .order_by(sessions.c.created_at.desc(), sessions.c.id)
)
_NOW = bindparam("now", type_=UtcTime)
IS_LIVE = (
    sessions.c.revoked_at.is_(None),
    sessions.c.idle_expires_at > _NOW,
    sessions.c.expires_at > _NOW,
)
_LIVE_OF_USER = _OF_USER.where(*IS_LIVE)
_SINCE = bindparam("since", type_=UtcTime)


def _began_near(*end: ColumnElement[bool]) -> Exists:
    """Whether one began there, was ended like that, and had not run out by ``since``."""
    return exists().where(
        sessions.c.user_id == _USER,
        sessions.c.network == bindparam("network"),
        *end,
        sessions.c.expires_at > _SINCE,
        sessions.c.idle_expires_at > _SINCE,
    )


# Apart: an index leads to the first with such an end, but not to the first with either.
_BEGAN_NEAR = select(
    or_(
        _began_near(sessions.c.revoked_at.is_(None)),
        _began_near(sessions.c.revoked_at > _SINCE),
    )
)
_NETWORKS = select(sessions.c.network).where(sessions.c.user_id == _USER).distinct()
_BEFORE = bindparam("before", type_=UtcTime)
_REMOVE_ENDED = delete(sessions).where(
    or_(
        sessions.c.revoked_at < _BEFORE,
        sessions.c.idle_expires_at < _BEFORE,
        sessions.c.expires_at < _BEFORE,
    )
)
_ID = bindparam("id", type_=Bytes)
# A range of one: by equality, SQLite would take the index on the id, and have to search twice.
_LIFETIME = select(sessions.c.idle_expires_at, sessions.c.expires_at, sessions.c.revoked_at).where(
    sessions.c.user_id == _USER, sessions.c.id.between(_ID, _ID)
)
# FOR SHARE: of those who change something by the same session, none waits for another.
_HOLD = _LIFETIME.with_for_update(read=True)
_STAYS = {"user_id", "id", "ip_address", "network"}
_CHANGES: Mapping[str, BindParameter[Any]] = {
    it.name: bindparam(it.name) for it in sessions.c if it.name not in _STAYS
}
_ENDS = {"expires_at", "revoked_at"}
_STANDS_AS_BEFORE = (
    sessions.c.user_id == _USER,
    sessions.c.id == bindparam("id"),
    sessions.c.generation == bindparam("before_generation"),
    sessions.c.grace_hits == bindparam("before_grace_hits"),
    sessions.c.expires_at == bindparam("before_expires_at", type_=UtcTime),
    sessions.c.revoked_at.is_(None) == bindparam("before_unrevoked", type_=Boolean),
)
_REPLACE = update(sessions).where(*_STANDS_AS_BEFORE).values(_CHANGES)
# SQLite writes an index anew when a statement names a column of it, also one that stays as it is.
_REPLACE_ALL_BUT_ITS_END = (
    update(sessions)
    .where(*_STANDS_AS_BEFORE)
    .values({name: value for name, value in _CHANGES.items() if name not in _ENDS})
)


def to_row(session: Session) -> Parameters:
    reason = session.revocation_reason
    return {
        "user_id": session.user_id,
        "id": session.id,
        "secret_hash": session.secret_hash,
        "generation": session.generation,
        "created_at": session.created_at,
        "authenticated_at": session.authenticated_at,
        "rotated_at": session.rotated_at,
        "idle_expires_at": session.lifetime.idle_expires_at,
        "expires_at": session.lifetime.expires_at,
        "revoked_at": session.lifetime.revoked_at,
        "client_label": session.client.label,
        "user_agent": session.client.user_agent,
        "ip_address": session.client.ip_address,
        "grace_hits": session.grace_hits,
        "revocation_reason": reason and reason.value,
        "network": network_of(session.client.ip_address),
    }


def to_entity(row: Row) -> Session:
    user_id, session_id, secret_hash, generation, created_at, authenticated_at, rotated_at = row[:7]
    grace_hits, reason = row[13:15]
    return Session(
        id=session_id,
        user_id=user_id,
        secret_hash=secret_hash,
        generation=generation,
        created_at=created_at,
        authenticated_at=authenticated_at,
        rotated_at=rotated_at,
        lifetime=SessionLifetime(*row[7:10]),
        client=Client(*row[10:13]),
        grace_hits=grace_hits,
        revocation_reason=reason and RevocationReason(reason),
    )


class SqlSessions:
    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def add(self, session: Session) -> None:
        """Raises UserGone."""
        try:
            self._channel.run(_ADD, to_row(session))
        except ForeignKeyViolated as error:
            raise UserGone from error

    def get(self, session_id: SessionId) -> Session | None:
        row = self._channel.first(_BY_ID, {"id": session_id})
        return to_entity(row) if row else None

    def of_user(self, user_id: UserId) -> Sequence[Session]:
        return [to_entity(row) for row in self._channel.rows(_OF_USER, {"user_id": user_id})]

    def live_of_user(self, user_id: UserId, now: datetime) -> Sequence[Session]:
        wanted = {"user_id": user_id, "now": now}
        return [to_entity(row) for row in self._channel.rows(_LIVE_OF_USER, wanted)]

    def began_near(self, user_id: UserId, address: str, since: datetime) -> bool:
        wanted = {"user_id": user_id, "network": network_of(address), "since": since}
        ((began,),) = self._channel.rows(_BEGAN_NEAR, wanted)
        return bool(began)

    def networks_of(self, user_id: UserId) -> Collection[str]:
        return [network for (network,) in self._channel.rows(_NETWORKS, {"user_id": user_id})]

    def remove_ended(self, before: datetime) -> int:
        return self._channel.run(_REMOVE_ENDED, {"before": before})

    def lifetime_of(self, user_id: UserId, session_id: SessionId) -> SessionLifetime | None:
        row = self._channel.first(_LIFETIME, {"user_id": user_id, "id": session_id})
        return SessionLifetime(*row) if row else None

    def hold(self, user_id: UserId, session_id: SessionId) -> SessionLifetime | None:
        row = self._channel.first(_HOLD, {"user_id": user_id, "id": session_id})
        return SessionLifetime(*row) if row else None

    def replace(self, before: Session, after: Session) -> bool:
        expected = {
            "before_generation": before.generation,
            "before_grace_hits": before.grace_hits,
            "before_expires_at": before.lifetime.expires_at,
            "before_unrevoked": before.lifetime.revoked_at is None,
        }
        ends_alike = _ends_of(before) == _ends_of(after)
        statement = _REPLACE_ALL_BUT_ITS_END if ends_alike else _REPLACE
        return self._channel.run(statement, {**to_row(after), **expected}) == 1


def _ends_of(session: Session) -> tuple[datetime, datetime | None]:
    return session.lifetime.expires_at, session.lifetime.revoked_at
