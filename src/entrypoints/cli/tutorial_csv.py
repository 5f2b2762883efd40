"""The tutorial's tables as CSV, in the dialects in which SQL Server's tools write it.

With a head line; separated by commas, semicolons or tabs; UTF-8 or UTF-16 with a byte order mark.
"""

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import TypeVar

from application.accounts.import_accounts import ImportedTask, ImportedUser
from entrypoints.cli.failure import CommandError

T = TypeVar("T")

_USER_COLUMNS = ("Id", "Email", "Password", "PasswordSalt", "FirstName", "LastName", "TS", "Active")
_TASK_COLUMNS = ("Id", "UserId", "Name", "IsCompleted", "TS")

# sqlcmd draws a line below the heads and counts the rows at the end.
_RULE = re.compile(r"-+")
_COUNT = re.compile(r"\(\d+ rows? affected\)")

# datetime2 has a digit more than Python knows what to do with.
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d{1,6})?\d?( ?[+-]\d\d:\d\d|Z)?")
_TRUE, _FALSE = {"1", "true"}, {"0", "false"}


@dataclass(frozen=True, slots=True)
class Row:
    place: str
    cells: Mapping[str, str]

    def text(self, column: str) -> str:
        return self.cells[column]

    def number(self, column: str) -> int:
        text = self.cells[column].strip()
        if not re.fullmatch(r"[0-9]{1,18}", text):
            raise ValueError(f"{column} is no number: {text!r}")
        return int(text)

    def truth(self, column: str) -> bool:
        text = self.cells[column].strip().lower()
        if text not in _TRUE | _FALSE:
            raise ValueError(f"{column} is neither 0 nor 1: {text!r}")
        return text in _TRUE

    def time(self, column: str) -> datetime:
        """Without a zone it is UTC, as the tutorial stores it."""
        text = self.cells[column].strip()
        shape = _TIME.fullmatch(text)
        day, clock, fraction, zone = (part or "" for part in shape.groups()) if shape else [""] * 4
        try:
            time = datetime.fromisoformat(f"{day}T{clock}{fraction}{zone.strip()}")
            return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
        except (ValueError, OverflowError):  # the latter where UTC has no such year
            raise ValueError(f"{column} is no time like 2024-05-06 07:08:09: {text!r}") from None


def read_users(path: Path, problems: list[str]) -> list[ImportedUser]:
    """The good ones; what is wrong with the others goes to ``problems``. Raises CommandError."""
    return _read(path, _USER_COLUMNS, _user, problems)


def read_tasks(path: Path, problems: list[str]) -> list[ImportedTask]:
    """As read_users."""
    return _read(path, _TASK_COLUMNS, _task, problems)


def _user(row: Row) -> ImportedUser:
    return ImportedUser(
        place=row.place,
        id=row.number("Id"),
        email=row.text("Email"),
        password_hash=row.text("Password").strip(),
        password_salt=row.text("PasswordSalt").strip(),
        first_name=row.text("FirstName"),
        last_name=row.text("LastName"),
        created_at=row.time("TS"),
        is_active=row.truth("Active"),
    )


def _task(row: Row) -> ImportedTask:
    return ImportedTask(
        place=row.place,
        id=row.number("Id"),
        user_id=row.number("UserId"),
        name=row.text("Name"),
        is_completed=row.truth("IsCompleted"),
        ts=row.time("TS"),
    )


def _read(
    path: Path, columns: tuple[str, ...], build: Callable[[Row], T], problems: list[str]
) -> list[T]:
    good = []
    for row in _rows(path, columns, problems):
        try:
            good.append(build(row))
        except ValueError as error:
            problems.append(f"{row.place}: {error}.")
    return good


def _rows(path: Path, columns: tuple[str, ...], problems: list[str]) -> Iterator[Row]:
    lines = csv.reader(StringIO(_text(path), newline=""), _dialect(path), strict=True)
    try:
        heads = [head.strip().lower() for head in next(lines, [])]
        positions = {name: _position(path, heads, name) for name in columns}
        for cells in lines:
            place = f"{path.name}, line {lines.line_num}"
            if not any(cell.strip() for cell in cells) or _COUNT.fullmatch(cells[0].strip()):
                continue
            if all(_RULE.fullmatch(cell.strip()) for cell in cells):
                continue
            if len(cells) != len(heads):
                problems.append(
                    f"{place}: {len(cells)} columns, where the first line names {len(heads)}."
                )
                continue
            yield Row(place, {name: cells[at] for name, at in positions.items()})
    except csv.Error as error:
        raise CommandError(f"{path.name}, line {lines.line_num}: {error}.") from error


def _position(path: Path, heads: list[str], name: str) -> int:
    if heads.count(name.lower()) != 1:
        raise CommandError(
            f"{path.name}: the first line must name the column {name} once. Export with headers."
        )
    return heads.index(name.lower())


def _dialect(path: Path) -> type[csv.Dialect]:
    head = _text(path).partition("\n")[0]

    class Dialect(csv.excel):
        delimiter = max(",;\t", key=head.count)

    return Dialect


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise CommandError(f"{path.name}, line {line}: this is neither UTF-8 nor UTF-16.") from None
