import sys
from collections.abc import Iterator
from typing import Annotated

import typer

from application.keys.rotate_keys import OPERATOR
from application.ports.directory import Directory
from domain.user import EmailAddress, User, UserId, normalize_email
from entrypoints.cli.failure import CommandError
from entrypoints.cli.output import AsJson, local, show_json, show_table
from entrypoints.cli.start import start

app = typer.Typer(help="Who has an account.", no_args_is_help=True)

Email = Annotated[str, typer.Argument(help="Whose.", show_default=False)]

_PAGE = 1000


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """All users, by id."""
    _, container = start()
    users = _all(container.directory())
    if as_json:
        show_json([_members(user) for user in users])
        return
    show_table(["Id", "Email", "Name", "Since", ""], map(_row, users), "Nobody has an account yet.")


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
        SignupCommand(email, password, confirmation, first_name, last_name, OPERATOR)
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


def address(text: str) -> EmailAddress:
    """As it is stored; one that is nobody's is found to be so later."""
    return EmailAddress(normalize_email(text))


def _all(directory: Directory) -> Iterator[User]:
    after = UserId(0)
    while page := directory.users(after, _PAGE):
        yield from page
        after = page[-1].id


def _password(from_stdin: bool) -> tuple[str, str]:
    """The password, and its confirmation."""
    if from_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
        return password, password
    if not sys.stdin.isatty():
        raise CommandError("There is no terminal to ask for the password: use --password-stdin.")
    return (
        typer.prompt("Password", hide_input=True, err=True),
        typer.prompt("Again", hide_input=True, err=True),
    )


def _row(user: User) -> tuple[str, ...]:
    return (
        str(user.id),
        user.email,
        f"{user.first_name} {user.last_name}",
        local(user.created_at),
        "" if user.is_enabled else "disabled",
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
