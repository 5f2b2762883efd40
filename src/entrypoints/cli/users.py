import re
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import starmap
from typing import Annotated
from urllib.parse import urlsplit

import typer

from application.ports.directory import Directory
from domain.user import EmailAddress, InvalidSignup, User, UserId, UserNotFound, parse_email
from entrypoints.cli.failure import CommandError
from entrypoints.cli.output import AsJson, local, printable, show_json, show_table
from entrypoints.cli.person.proof import ask_for_password
from entrypoints.cli.remote.place import LOOPBACK
from entrypoints.cli.start import start

app = typer.Typer(help="Who has an account.", no_args_is_help=True)

Email = Annotated[str, typer.Argument(help="Whose.", show_default=False)]

_PAGE = 1000
_ADDRESS = re.compile(r"https?://[^/?#@\s\ud800-\udfff]+")


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """All users, by id, with who is disabled and who has a second factor."""
    _, container = start()
    users = _all(container.directory())
    if as_json:
        show_json([_members(user) | {"secondFactorSince": since} for user, since in users])
        return
    show_table(
        ["Id", "Email", "Name", "Since", ""], starmap(_row, users), "Nobody has an account yet."
    )


@app.command()
def add(
    email: Email,
    first_name: Annotated[str, typer.Option(prompt=True, help="As it is shown.")],
    last_name: Annotated[str, typer.Option(prompt=True, help="As it is shown.")],
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Open an account for somebody. The password is asked for."""
    from application.accounts.signup import SignupCommand  # noqa: PLC0415 # for this command alone

    _, container = start()
    password, confirmation = _password(password_stdin)
    user = container.signup()(
        SignupCommand(email, password, confirmation, first_name, last_name, client=None)
    )
    if as_json:
        show_json(_members(user))
    else:
        typer.echo(f"{user.email} has an account, with the id {user.id}.")


@app.command()
def disable(email: Email) -> None:
    """Let a user sign in no more, and end all their sessions at once."""
    _, container = start()
    user = container.disable_user()(address(email))
    typer.echo(f"{user.email} is disabled. All their sessions have ended.")


@app.command()
def enable(email: Email) -> None:
    """Let a disabled user sign in again."""
    _, container = start()
    user = container.enable_user()(address(email))
    typer.echo(f"{user.email} is enabled and can log in.")


@app.command()
def remove_second_factor(email: Email) -> None:
    """Let a user log in by the password alone, and end all their sessions at once.

    For somebody who has lost both the device and the recovery codes.
    Let them prove to you first who they are, by more than the password.
    """
    settings, container = start()
    user = container.remove_second_factor().by_operator(address(email))
    typer.echo(f"The second factor of {user.email} is removed. All their sessions have ended.")
    consequence = (
        "Whoever has the password sets up the next one now."
        if settings.second_factor_is_required
        else "The password alone opens this account now."
    )
    typer.echo(
        f"{consequence} If you are not sure who has asked you for it, run taskward users disable.",
        err=True,
    )


@app.command()
def set_password_link(
    email: Email,
    hours: Annotated[
        int, typer.Option(min=1, max=168, help="For how long the link works, if it is not used.")
    ] = 24,
    url: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            help="Where users find the page; else TASKWARD_PUBLIC_ORIGIN, or what is served.",
            show_default=False,
        ),
    ] = "",
) -> None:
    """Make a link with which a user sets a new password, once. The link alone is printed.

    The password and the sessions stay as they are until the link is used; then all sessions end.
    Another link for the same user makes this one void.
    """
    settings, container = start()
    page = _page(url) or settings.page_url
    link = container.make_password_link()(address(email), timedelta(hours=hours))
    typer.echo(f"{page}/#/set-password/{link.token}")
    typer.echo(
        f"For {printable(link.user.email)} alone, until {local(link.expires_at)}: "
        "whoever has the link can set the password.",
        err=True,
    )
    if urlsplit(page).hostname in LOOPBACK:
        typer.echo(
            "It leads to this very machine: for others set TASKWARD_PUBLIC_ORIGIN, or add --url.",
            err=True,
        )


def address(text: str) -> EmailAddress:
    """As it is stored. Raises UserNotFound for what is no address, and so nobody's."""
    try:
        return parse_email(text)
    except InvalidSignup as error:
        raise UserNotFound from error


def _page(url: str) -> str:
    """The page's address without a slash at the end; empty where none is given."""
    page = url.removesuffix("/")
    if page and not _ADDRESS.fullmatch(page):
        raise CommandError(f"{url} is no page's address: write it like https://tasks.example.org")
    return page


def _all(directory: Directory) -> Iterator[tuple[User, datetime | None]]:
    after = UserId(0)
    while page := directory.users(after, _PAGE):
        yield from page
        last, _ = page[-1]
        after = last.id


def _password(from_stdin: bool) -> tuple[str, str]:
    """The password, and its confirmation."""
    if from_stdin or not sys.stdin.isatty():
        password = ask_for_password(from_stdin)
        return password, password
    return (
        typer.prompt("Password", hide_input=True, err=True),
        typer.prompt("Again", hide_input=True, err=True),
    )


def _row(user: User, second_factor_since: datetime | None) -> tuple[str, ...]:
    states = {"disabled": not user.is_enabled, "second factor": second_factor_since is not None}
    return (
        str(user.id),
        user.email,
        f"{user.first_name} {user.last_name}",
        local(user.created_at),
        ", ".join(state for state, holds in states.items() if holds),
    )


def _members(user: User) -> dict[str, object]:
    return {
        "id": user.id,
        "email": user.email,
        "firstName": user.first_name,
        "lastName": user.last_name,
        "createdAt": user.created_at,
        "disabledAt": user.disabled_at,
    }
