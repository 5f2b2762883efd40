import sys
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from entrypoints.cli.failure import CommandError
from entrypoints.cli.output import AsJson, local, printable, show_json, show_table
from entrypoints.cli.person.account import Server, account_at

if TYPE_CHECKING:
    from entrypoints.cli.remote.account import Account

_NO_SUCH_TASK = "T01"

Numbers = Annotated[
    list[int], typer.Argument(metavar="NUMBER", min=1, help="Of tasks.", show_default=False)
]
Words = Annotated[
    list[str], typer.Argument(metavar="NAME", help="Words of the name.", show_default=False)
]


class NoSuchTaskError(CommandError):
    def __init__(self, *numbers: int) -> None:
        super().__init__(f"There is no task {', '.join(map(str, numbers))}: see taskward ls all.")


class Which(StrEnum):
    OPEN = "open"
    DONE = "done"
    ALL = "all"


def ls(
    which: Annotated[Which, typer.Argument(help="Which tasks.")] = Which.OPEN,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """List your tasks: the open ones, unless you say otherwise."""
    _, account = account_at(server)
    tasks = account.call("GET", "/tasks")
    shown = [task for task in tasks if which is Which.ALL or _state(task) is which]
    if as_json:
        show_json(shown)
        return
    show_table(["", "", "Task", "Since"], map(_row, shown), _nothing(which, tasks))


def add(name: Words, server: Server = None, as_json: AsJson = False) -> None:
    """Add a task. Quotes are needed only for what your shell would change."""
    _, account = account_at(server)
    task = account.call("POST", "/tasks", {"name": " ".join(name)})
    _tell([task], as_json)


def done(
    numbers: Numbers,
    server: Server = None,
    undo: Annotated[bool, typer.Option("--undo", help="Open them again.")] = False,
    as_json: AsJson = False,
) -> None:
    """Mark tasks as done."""
    _, account = account_at(server)
    missing: list[int] = []
    _tell(_completed(account, dict.fromkeys(numbers), not undo, missing), as_json)
    if missing:
        raise NoSuchTaskError(*missing)


def edit(
    number: Annotated[int, typer.Argument(metavar="NUMBER", min=1, help="Of the task.")],
    name: Words,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Give a task another name."""
    _, account = account_at(server)
    change = {"id": number, "name": " ".join(name)}
    _tell([_at(account, number, "PUT", "/tasks", change)], as_json)


def rm(
    numbers: Numbers,
    server: Server = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete tasks. On a terminal you are asked first, since there is no way back."""
    _, account = account_at(server)
    tasks = [_at(account, number, "GET", f"/tasks/{number}") for number in numbers]
    for task in tasks:
        if sys.stdin.isatty() and not yes:
            typer.confirm(f"Delete {task['id']} {printable(task['name'])}?", abort=True, err=True)
        account.call("DELETE", f"/tasks/{task['id']}")
        typer.echo(f"Deleted {task['id']} {printable(task['name'])}")


COMMANDS = (ls, add, done, edit, rm)


def _completed(
    account: "Account", numbers: Iterable[int], is_completed: bool, missing: list[int]
) -> Iterator[dict[str, Any]]:
    """One that is not there keeps no other from being done."""
    for number in numbers:
        try:
            yield _at(account, number, "PUT", "/tasks", {"id": number, "isCompleted": is_completed})
        except NoSuchTaskError:
            missing.append(number)


def _at(account: "Account", number: int, method: str, path: str, body: object = None) -> Any:
    """Make a call about a task, which is named if it is not there."""
    from entrypoints.cli.remote.api import RefusedError  # noqa: PLC0415 # as in account_at

    try:
        return account.call(method, path, body)
    except RefusedError as refusal:
        if refusal.code != _NO_SUCH_TASK:
            raise
        raise NoSuchTaskError(number) from refusal


def _tell(tasks: Iterable[dict[str, Any]], as_json: bool) -> None:
    """Each as soon as it is known."""
    if as_json:
        show_json(list(tasks))
        return
    for task in tasks:
        number, box, name, _ = _row(task)
        typer.echo(f"{number} {box} {printable(name)}")


def _row(task: dict[str, Any]) -> tuple[str, str, str, str]:
    from datetime import datetime  # noqa: PLC0415 # for lists alone

    box = "[x]" if task["isCompleted"] else "[ ]"
    return str(task["id"]), box, task["name"], local(datetime.fromisoformat(task["ts"]))


def _state(task: dict[str, Any]) -> Which:
    return Which.DONE if task["isCompleted"] else Which.OPEN


def _nothing(which: Which, tasks: Sequence[object]) -> str:
    if not tasks:
        return "No tasks yet. Add one: taskward add Water the plants"
    return "Nothing is open: all done." if which is Which.OPEN else "Nothing is done yet."
