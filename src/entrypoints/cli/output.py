"""How commands speak: tables for people at a terminal, JSON and plain lines for programs."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated, Protocol

import typer

AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]


class Advance(Protocol):
    def __call__(self, done: int, total: int) -> None:
        """Say how far it is."""
        ...


def show_json(value: object) -> None:
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False, default=_plain))


def show_table(heads: Sequence[str], rows: Iterable[Sequence[str]], nothing: str) -> None:
    """A table on a terminal, else lines with tabs between the columns and no head."""
    cleaned = [[printable(cell) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        for row in cleaned:
            typer.echo("\t".join(row))
        return
    if not cleaned:
        typer.echo(nothing)
        return
    from rich import box  # noqa: PLC0415 # takes longer than most commands
    from rich.console import Console  # noqa: PLC0415 # likewise
    from rich.table import Table  # noqa: PLC0415 # likewise
    from rich.text import Text  # noqa: PLC0415 # likewise

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for index, head in enumerate(heads):
        # The first column is what other commands are given: it must be whole to be copied.
        table.add_column(head, overflow="fold", no_wrap=index == 0)
    for row in cleaned:
        table.add_row(*map(Text, row))
    Console().print(table)


def printable(text: str) -> str:
    """The text without what would steer a terminal or turn its line around: it may be anyone's."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


def local(time: datetime) -> str:
    """To the minute, in this machine's time zone, for people; in UTC where it has no such year."""
    try:
        shown = time.astimezone()
    except OverflowError:  # it would be before the year 1, or after 9999
        shown = time.astimezone(UTC)
    # Not all systems write %Y with four digits.
    return f"{shown.date()} {shown:%H:%M}"


@contextmanager
def progress(what: str) -> Iterator[Advance]:
    """A bar on a terminal for what may take seconds. Others see nothing of it."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console  # noqa: PLC0415 # as above
    from rich.progress import Progress  # noqa: PLC0415 # likewise

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, bytes):
        return value.hex()
    raise TypeError(f"{type(value)} has no form in JSON")
