"""What people prove with who they are: a password, and a code where a second factor wants one."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from entrypoints.cli.failure import CommandError

if TYPE_CHECKING:
    from entrypoints.cli.remote.api import RefusedError

PasswordStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input.")
]
Code = Annotated[
    str,
    typer.Option(
        help="Of your authenticator app, or a recovery code; else it is asked for.",
        show_default=False,
    ),
]

_ANY_CODE = "Code of your authenticator app, or a recovery code"

_CODE_REQUIRED = "F01"
_WRONG_CODE = "F02"

T = TypeVar("T")


def ask_for_password(from_stdin: bool) -> str:
    if from_stdin:
        return _first_line()
    if not sys.stdin.isatty():
        raise CommandError("There is no terminal to ask for the password: use --password-stdin.")
    password: str = typer.prompt("Password", hide_input=True, err=True)
    return password


def _first_line() -> str:
    try:
        line = sys.stdin.readline().rstrip("\r\n")
        line.encode()  # by the system's settings, what is not UTF-8 may have been read all the same
    except UnicodeError as error:
        raise CommandError("The password on standard input is not UTF-8.") from error
    return line


def ask_for_code(prompt: str) -> str:
    code: str = typer.prompt(prompt, err=True)
    return code


def with_code(call: Callable[[str], T], code: str = "", prompt: str = _ANY_CODE) -> T:
    """Call with the code; on a terminal, ask for one that is missing, or wrong, and call again."""
    from entrypoints.cli.remote.api import RefusedError  # noqa: PLC0415 # as in account_at

    while True:
        try:
            return call(code)
        except RefusedError as refusal:
            _require_another_chance(refusal)
        code = ask_for_code(prompt)


def _require_another_chance(refusal: "RefusedError") -> None:
    """Raise what no other code would change."""
    has_terminal = sys.stdin.isatty()
    if refusal.code == _CODE_REQUIRED and not has_terminal:
        raise CommandError("There is no terminal to ask for the code: use --code.") from refusal
    if refusal.code not in (_CODE_REQUIRED, _WRONG_CODE) or not has_terminal:
        raise refusal
    if refusal.code == _WRONG_CODE:
        typer.echo(refusal, err=True)
