from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, select

# SQLite has taken its ON CONFLICT from PostgreSQL, whose dialect takes time and memory to load.
from sqlalchemy.dialects.sqlite import insert

from adapters.persistence.channel import Channel
from adapters.persistence.statement import LIMIT, NO_OFFSET, Parameters, Row
from adapters.persistence.tables import second_factors
from adapters.persistence.types import BIG, UtcTime
from domain.second_factor import SecondFactor
from domain.user import UserId

_HASH_BYTES = 32

_NEW = insert(second_factors)
_PUT = _NEW.on_conflict_do_update(
    index_elements=[second_factors.c.user_id],
    set_={
        column.name: _NEW.excluded[column.name]
        for column in second_factors.c
        if not column.primary_key
    },
)
_OF_USER = select(second_factors).where(second_factors.c.user_id == bindparam("user_id"))
_REMOVE = delete(second_factors).where(second_factors.c.user_id == bindparam("user_id"))
_REMOVE_PENDING = delete(second_factors).where(
    second_factors.c.confirmed_at.is_(None),
    second_factors.c.begun_at < bindparam("begun_before", type_=UtcTime),
)
_PAGE = (
    select(second_factors)
    .where(second_factors.c.user_id > bindparam("after", type_=BIG))
    .order_by(second_factors.c.user_id)
    .limit(LIMIT)
    .offset(NO_OFFSET)
)


def to_row(factor: SecondFactor) -> Parameters:
    return {
        "user_id": factor.user_id,
        "sealed_seed": factor.sealed_seed,
        "recovery_hashes": b"".join(factor.recovery_hashes),
        "begun_at": factor.begun_at,
        "confirmed_at": factor.confirmed_at,
        "last_step": factor.last_step,
        "last_code_hash": factor.last_code_hash,
        "last_code_at": factor.last_code_at,
    }


def to_entity(row: Row) -> SecondFactor:
    user_id, sealed_seed, hashes, *rest = row
    starts = range(0, len(hashes), _HASH_BYTES)
    recovery_hashes = tuple(hashes[start : start + _HASH_BYTES] for start in starts)
    return SecondFactor(user_id, sealed_seed, recovery_hashes, *rest)


class SqlSecondFactors:
    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def put(self, factor: SecondFactor) -> None:
        self._channel.run(_PUT, to_row(factor))

    def of_user(self, user_id: UserId) -> SecondFactor | None:
        row = self._channel.first(_OF_USER, {"user_id": user_id})
        return to_entity(row) if row else None

    def remove(self, user_id: UserId) -> None:
        self._channel.run(_REMOVE, {"user_id": user_id})

    def remove_pending(self, begun_before: datetime) -> int:
        return self._channel.run(_REMOVE_PENDING, {"begun_before": begun_before})

    def page(self, after: UserId, limit: int) -> Sequence[SecondFactor]:
        rows = self._channel.rows(_PAGE, {"after": after, "limit": limit})
        return [to_entity(row) for row in rows]
