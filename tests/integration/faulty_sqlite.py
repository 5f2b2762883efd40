"""A SQLite that fails where a test wants it to."""

import sqlite3
from typing import Any

import pytest

from adapters.persistence.engine import Database


def sqlite_error(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("as the test wants it")
    error.sqlite_errorcode = code
    return error


class Faults(dict[str, BaseException]):
    """What a statement shall fail with, once, by its first words."""

    def __init__(self, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__()
        connect = database.driver.connect
        self.statements: list[str] = []
        monkeypatch.setattr(database.driver, "connect", lambda: _FaultyConnection(connect(), self))

    def of(self, sql: str) -> BaseException | None:
        self.statements.append(sql)
        words = next((words for words in self if sql.startswith(words)), None)
        return None if words is None else self.pop(words)


class _FaultyConnection:
    def __init__(self, raw: sqlite3.Connection, faults: Faults) -> None:
        self._raw = raw
        self._faults = faults

    def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
        if fault := self._faults.of(sql):
            if getattr(fault, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
                # SQLite may undo the whole transaction then.
                self._raw.execute("ROLLBACK")
            raise fault
        return self._raw.execute(sql, *parameters)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)
