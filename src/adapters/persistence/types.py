"""Column types whose values look the same to the domain on either database."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import BigInteger, DateTime, Dialect, Integer, LargeBinary, String, TypeDecorator
from sqlalchemy.types import TypeEngine

Processor = Callable[[Any], Any]

# SQLite takes a key for its own row number only when its type is spelled INTEGER.
BIG = BigInteger().with_variant(Integer, "sqlite")


class UtcTime(TypeDecorator[datetime]):
    """An aware time, to the microsecond, of the years 1 to 9999; it is read back in UTC.

    SQLite has no such type and keeps ``YYYY-MM-DDTHH:MM:SS.ffffffZ``, which sorts by time.
    """

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        kept_as = String(27) if dialect.name == "sqlite" else DateTime(timezone=True)
        return dialect.type_descriptor(kept_as)

    def bind_processor(self, dialect: Dialect) -> Processor:
        return _to_text if dialect.name == "sqlite" else _to_utc

    def result_processor(self, dialect: Dialect, coltype: object) -> Processor | None:
        return datetime.fromisoformat if dialect.name == "sqlite" else None


class Bytes(TypeDecorator[bytes]):
    """Bytes as they are: both drivers take and give them without a wrapper."""

    impl = LargeBinary
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> None:
        return None

    def result_processor(self, dialect: Dialect, coltype: object) -> None:
        return None


def _to_utc(time: datetime | None) -> datetime | None:
    if time is None:
        return None
    if time.tzinfo is None:
        raise ValueError(f"{time} has no time zone.")
    return time.astimezone(UTC)


def _to_text(time: datetime | None) -> str | None:
    utc = time if time is None or time.tzinfo is UTC else _to_utc(time)
    if utc is None:
        return None
    # orjson takes a third of the time, but leaves out a fraction of zero and takes no subclass.
    if utc.microsecond and type(utc) is datetime:
        return orjson.dumps(utc, option=orjson.OPT_UTC_Z)[1:-1].decode()
    return f"{utc.isoformat(timespec='microseconds')[:26]}Z"
