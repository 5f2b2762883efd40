import socket
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from entrypoints.cli.failure import CommandError
from entrypoints.cli.output import AsJson, printable, show_json
from entrypoints.cli.person.account import Server, account_at
from entrypoints.cli.person.proof import (
    Code,
    PasswordStdin,
    ask_for_password,
    with_code,
)
from entrypoints.cli.person.set_up import set_up

if TYPE_CHECKING:
    from entrypoints.cli.remote.account import Account

_SECOND_FACTOR_REQUIRED = "F04"


def login(
    email: Annotated[str, typer.Argument(help="Your email address.", show_default=False)] = "",
    server: Server = None,
    password_stdin: PasswordStdin = False,
    code: Code = "",
    label: Annotated[
        str | None, typer.Option(help="What this session is called in your list of devices.")
    ] = None,
    plain_http: Annotated[
        bool, typer.Option("--plain-http", help="Send the password without encryption.")
    ] = False,
) -> None:
    """Log in at a server, and stay so until you log out."""
    from entrypoints.cli.remote.place import is_in_the_clear  # noqa: PLC0415 # as in account_at

    address, account = account_at(server)
    if is_in_the_clear(address) and not plain_http:
        raise CommandError(
            f"{address} is not encrypted, so others could read your password: use https, "
            "or add --plain-http on a network that you trust."
        )
    if not email and not sys.stdin.isatty():
        raise CommandError("There is no terminal to ask for your email: say it after login.")
    email = email or typer.prompt("Email", err=True)
    password = ask_for_password(password_stdin)
    answer = _log_in(account, email, password, code, label or _own_name())
    typer.echo(
        f"Logged in at {address} as {printable(answer['firstName'])} <{printable(email)}>. "
        f"The tokens are in {account.place}."
    )


def logout(server: Server = None) -> None:
    """End this machine's session, at once and for good."""
    from entrypoints.cli.remote.api import UnreachableError  # noqa: PLC0415 # as in account_at

    address, account = account_at(server)
    try:
        was_logged_in = account.log_out()
    except UnreachableError as error:
        raise CommandError(
            f"The tokens are gone from here, but the session may live on: {error} "
            "End it from another device.",
            error.exit_code,
        ) from error
    typer.echo(f"{'Logged out' if was_logged_in else 'Not logged in'} at {address}.")


def whoami(server: Server = None, as_json: AsJson = False) -> None:
    """Tell who is logged in, and where."""
    address, account = account_at(server)
    user = account.call("GET", "/users/info")
    if as_json:
        show_json({"server": address, **user})
        return
    name = printable(f"{user['firstName']} {user['lastName']}")
    typer.echo(f"{name} <{printable(user['email'])}> at {address}")


COMMANDS = (login, logout, whoami)


def _log_in(account: "Account", email: str, password: str, code: str, label: str) -> dict[str, Any]:
    """Where the server wants a second factor first, it is set up on the way."""

    def enter(code: str) -> dict[str, Any]:
        return account.log_in(email, password, label, code)

    from entrypoints.cli.remote.api import RefusedError  # noqa: PLC0415 # as in account_at

    try:
        return with_code(enter, code)
    except RefusedError as refusal:
        if refusal.code != _SECOND_FACTOR_REQUIRED:
            raise
        if not sys.stdin.isatty():
            raise CommandError(
                "This server asks for a second factor: log in on a terminal to set one up."
            ) from refusal
    typer.echo("This server asks for a second factor, which you have not set up yet.", err=True)
    return set_up(account, email, password, enter)


def _own_name() -> str:
    return f"taskward on {socket.gethostname()}"[:100]
