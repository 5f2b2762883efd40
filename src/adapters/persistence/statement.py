"""A Core statement made ready for the driver, once: after that SQLAlchemy has no part in it.

Building or even only looking up a statement's SQL at each execution, and a result object around
each answer, would cost several times what the database takes for a row.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Dialect, Select, bindparam, literal_column
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.types import TypeEngine

from adapters.persistence.types import BIG, Processor

Statement = Select[Any] | UpdateBase
Parameters = Mapping[str, object]
Row = tuple[Any, ...]

LIMIT = bindparam("limit", type_=BIG)
# SQLite's dialect would write one itself, as a parameter.
NO_OFFSET = literal_column("0", BIG)


class PreparedStatement:
    """The SQL, and how values go in and come out."""

    __slots__ = ("_in", "_out", "sql")

    def __init__(self, statement: Statement, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        if given := [name for name, bind in compiled.binds.items() if not bind.required]:
            raise ValueError(f"Write constants with literal_column, not as parameters: {given}")
        self.sql = str(compiled)
        encoders = {name: _encoder(bind.type, dialect) for name, bind in compiled.binds.items()}
        self._in = [(name, encode) for name, encode in encoders.items() if encode]
        decoders = [_decoder(column, dialect) for column in statement.exported_columns]
        self._out = [(index, decode) for index, decode in enumerate(decoders) if decode]

    def encode(self, parameters: Parameters) -> Parameters:
        """The parameters as the driver takes them. Raises KeyError when one is missing."""
        if not self._in:
            return parameters
        encoded = dict(parameters)
        for name, processor in self._in:
            encoded[name] = processor(encoded[name])
        return encoded

    def decode(self, rows: list[Row]) -> Iterable[Row]:
        """The driver's rows as the domain takes them."""
        if not rows or not self._out:
            return rows
        return (self._by_value(rows[0]),) if len(rows) == 1 else self._by_column(rows)

    def _by_value(self, row: Row) -> Row:
        values = list(row)
        for index, processor in self._out:
            values[index] = processor(values[index])
        return tuple(values)

    def _by_column(self, rows: list[Row]) -> Iterable[Row]:
        """A row costs hardly a step of the interpreter; one alone takes less by its values."""
        columns: list[Iterable[Any]] = list(zip(*rows, strict=True))
        for index, processor in self._out:
            columns[index] = map(processor, columns[index])
        return zip(*columns, strict=True)


class PreparedStatements(dict[Statement, PreparedStatement]):
    """A database's statements, each prepared when it is first asked for."""

    def __init__(self, dialect: Dialect, *, writing: bool) -> None:
        super().__init__()
        self._dialect = dialect
        self._writing = writing

    def __missing__(self, statement: Statement) -> PreparedStatement:
        if isinstance(statement, UpdateBase) and not self._writing:
            raise RuntimeError("Only a transaction may write.")
        prepared = self[statement] = PreparedStatement(statement, self._dialect)
        return prepared


def _encoder(kind: TypeEngine[Any], dialect: Dialect) -> Processor | None:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _decoder(column: ColumnElement[Any], dialect: Dialect) -> Processor | None:
    """What never meets None may be written in C and know nothing of it."""
    decode = column.type.dialect_impl(dialect).result_processor(dialect, None)
    if decode is None or not getattr(column, "nullable", True):
        return decode
    return lambda value: None if value is None else decode(value)
