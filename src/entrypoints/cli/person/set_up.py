"""How a second factor is set up: shown, and then proved to be in an app by its first code."""

from collections.abc import Callable, Iterable
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from entrypoints.cli.output import printable
from entrypoints.cli.person.proof import ask_for_code, with_code

if TYPE_CHECKING:
    from entrypoints.cli.remote.account import Account

_FIRST_CODE = "First code that the app shows"
_IN_A_GROUP = 4

T = TypeVar("T")


def set_up(account: "Account", email: str, password: str, finish: Callable[[str], T]) -> T:
    """Make a second factor, and finish with its first code, for which it takes a terminal."""
    made = account.begin_second_factor(email, password)
    show_recovery_codes(made["recoveryCodes"], err=True)
    _show_to_app(made)
    return with_code(finish, ask_for_code(_FIRST_CODE), _FIRST_CODE)


def show_recovery_codes(codes: Iterable[str], *, err: bool = False) -> None:
    """They alone are on standard output, unless something else is there."""
    typer.echo(
        "Keep these recovery codes: each is good once in place of a code.",
        err=True,
    )
    for code in codes:
        typer.echo(printable(code), err=err)


def _show_to_app(made: dict[str, Any]) -> None:
    """The QR code comes last, so that all of it is on a screen of 24 lines beside the prompt."""
    from entrypoints.cli.person.qr_code import drawn, width  # noqa: PLC0415 # for this alone

    modules, secret = made["qrCode"], printable(made["secret"])
    starts = range(0, len(secret), _IN_A_GROUP)
    groups = (secret[start : start + _IN_A_GROUP] for start in starts)
    typer.echo(f"Type this into your authenticator app: {' '.join(groups)}", err=True)
    if width(modules) > get_terminal_size().columns:
        return
    typer.echo("Or let it scan this:", err=True)
    for line in drawn(modules):
        typer.echo(line, err=True)
