import socket
import sys
from typing import Annotated

import typer

from entrypoints.cli.failure import CommandError
from entrypoints.cli.output import AsJson, printable, show_json
from entrypoints.cli.person.account import Server, account_at


def login(
    email: Annotated[str, typer.Argument(help="Your email address.", show_default=False)] = "",
    server: Server = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
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
    answer = account.log_in(email, _password(password_stdin), label or _own_name())
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


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise CommandError("There is no terminal to ask for the password: use --password-stdin.")
    password: str = typer.prompt("Password", hide_input=True, err=True)
    return password


def _own_name() -> str:
    return f"taskward on {socket.gethostname()}"[:100]
