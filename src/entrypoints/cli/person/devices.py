import sys
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from entrypoints.cli.failure import CommandError
from entrypoints.cli.output import AsJson, local, show_json, show_table
from entrypoints.cli.person.account import Server, account_at
from entrypoints.cli.person.proof import ask_for_password, with_code

if TYPE_CHECKING:
    from entrypoints.cli.remote.account import Account

app = typer.Typer(help="Where you are logged in.", no_args_is_help=True)

_REAUTHENTICATION_REQUIRED = "A03"


@app.command("list")
def list_(server: Server = None, as_json: AsJson = False) -> None:
    """Where you are logged in, newest first."""
    _, account = account_at(server)
    sessions = account.call("GET", "/sessions")
    if as_json:
        show_json(sessions)
        return
    heads = ["Id", "Device", "Address", "Last used", ""]
    show_table(heads, map(_row, sessions), "You are logged in nowhere.")


@app.command()
def end(
    session_id: Annotated[
        str, typer.Argument(metavar="ID", help="As listed; its beginning will do.")
    ],
    server: Server = None,
) -> None:
    """Log out there. Your password may be asked for."""
    _, account = account_at(server)
    matching = [
        session["id"]
        for session in account.call("GET", "/sessions")
        if session["id"].startswith(session_id.lower())
    ]
    if len(matching) != 1:
        how_many = "Several sessions begin" if matching else "No session begins"
        raise CommandError(f"{how_many} with {session_id}: see taskward devices list.")
    _sensitively(account, "DELETE", f"/sessions/{matching[0]}")
    typer.echo("Logged out there.")


@app.command()
def end_others(server: Server = None) -> None:
    """Log out everywhere but here. Your password may be asked for."""
    _, account = account_at(server)
    _sensitively(account, "DELETE", "/sessions")
    typer.echo("Logged out everywhere else.")


def _sensitively(account: "Account", method: str, path: str) -> None:
    """Make a call for which the server may want the password again, and a code."""
    from entrypoints.cli.remote.api import RefusedError  # noqa: PLC0415 # as in account_at

    try:
        account.call(method, path)
    except RefusedError as refusal:
        if refusal.code != _REAUTHENTICATION_REQUIRED or not sys.stdin.isatty():
            raise
        password = ask_for_password(from_stdin=False)
        with_code(lambda code: account.give_password(password, code))
        account.call(method, path)


def _row(session: dict[str, Any]) -> tuple[str, ...]:
    described = " on ".join(filter(None, (session["browser"], session["system"])))
    return (
        session["id"][:8],
        session["label"] or described or "unknown",
        session["address"],
        local(datetime.fromisoformat(session["lastUsedAt"])),
        "this one" if session["isCurrent"] else "",
    )
