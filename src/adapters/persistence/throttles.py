from datetime import datetime

from sqlalchemy import bindparam, delete, literal_column, update

# SQLite has taken its ON CONFLICT from PostgreSQL, whose dialect takes time and memory to load.
from sqlalchemy.dialects.sqlite import insert

from adapters.persistence.channel import Channel
from adapters.persistence.statement import Parameters
from adapters.persistence.tables import throttles
from adapters.persistence.types import BIG, UtcTime
from domain.throttle import Throttle, ThrottleKey

_IS_THIS = throttles.c.key == bindparam("key")

# A row that is there is set to what it is: that locks it, as a row just made is locked.
_LOCK = (
    insert(throttles)
    .values(key=bindparam("key"), attempts=literal_column("0", BIG), last_at=bindparam("last_at"))
    .on_conflict_do_update(
        index_elements=[throttles.c.key], set_={"attempts": throttles.c.attempts}
    )
    .returning(throttles.c.key, throttles.c.attempts, throttles.c.last_at)
)
_SAVE = (
    update(throttles)
    .where(_IS_THIS)
    .values(attempts=bindparam("attempts"), last_at=bindparam("last_at"))
)
_REMOVE = delete(throttles).where(_IS_THIS)
_REMOVE_OLDER = delete(throttles).where(throttles.c.last_at < bindparam("than", type_=UtcTime))


def to_row(throttle: Throttle) -> Parameters:
    return {"key": throttle.key, "attempts": throttle.attempts, "last_at": throttle.last_at}


class SqlThrottles:
    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def lock(self, key: ThrottleKey, now: datetime) -> Throttle:
        (row,) = self._channel.rows(_LOCK, {"key": key, "last_at": now})
        return Throttle(*row)

    def save(self, throttle: Throttle) -> None:
        self._channel.run(_SAVE, to_row(throttle))

    def remove(self, key: ThrottleKey) -> None:
        self._channel.run(_REMOVE, {"key": key})

    def remove_older(self, than: datetime) -> int:
        return self._channel.run(_REMOVE_OLDER, {"than": than})
