from datetime import datetime

from sqlalchemy import bindparam, delete, select

# SQLite has taken its ON CONFLICT from PostgreSQL, whose dialect takes time and memory to load.
from sqlalchemy.dialects.sqlite import insert

from adapters.persistence.channel import Channel
from adapters.persistence.statement import Parameters, Row
from adapters.persistence.tables import password_resets
from adapters.persistence.types import UtcTime
from domain.password_reset import PasswordReset
from domain.user import UserId

_NEW = insert(password_resets)
_PUT = _NEW.on_conflict_do_update(
    index_elements=[password_resets.c.user_id],
    set_={
        column.name: _NEW.excluded[column.name]
        for column in password_resets.c
        if not column.primary_key
    },
)
_BY_TOKEN_HASH = select(password_resets).where(
    password_resets.c.token_hash == bindparam("token_hash")
)
_REMOVE = delete(password_resets).where(password_resets.c.user_id == bindparam("user_id"))
_REMOVE_EXPIRED = delete(password_resets).where(
    password_resets.c.expires_at <= bindparam("now", type_=UtcTime)
)


def to_row(reset: PasswordReset) -> Parameters:
    return {
        "user_id": reset.user_id,
        "token_hash": reset.token_hash,
        "expires_at": reset.expires_at,
    }


def to_entity(row: Row) -> PasswordReset:
    return PasswordReset(*row)


class SqlPasswordResets:
    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def put(self, reset: PasswordReset) -> None:
        self._channel.run(_PUT, to_row(reset))

    def by_token_hash(self, token_hash: bytes) -> PasswordReset | None:
        row = self._channel.first(_BY_TOKEN_HASH, {"token_hash": token_hash})
        return to_entity(row) if row else None

    def remove(self, user_id: UserId) -> None:
        self._channel.run(_REMOVE, {"user_id": user_id})

    def remove_expired(self, now: datetime) -> int:
        return self._channel.run(_REMOVE_EXPIRED, {"now": now})
