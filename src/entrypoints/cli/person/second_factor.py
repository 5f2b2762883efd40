import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any

import typer

from entrypoints.cli.failure import CommandError
from entrypoints.cli.output import AsJson, local, show_json
from entrypoints.cli.person.account import Server, account_at
from entrypoints.cli.person.proof import Code, PasswordStdin, ask_for_password, with_code
from entrypoints.cli.person.set_up import set_up, show_recovery_codes

if TYPE_CHECKING:
    from entrypoints.cli.remote.account import Account

app = typer.Typer(help="Codes that logging in takes beside your password.", no_args_is_help=True)

_PATH = "/users/second-factor"


@app.command()
def status(server: Server = None, as_json: AsJson = False) -> None:
    """Tell whether logging in takes a code, and how many recovery codes are left."""
    _, account = account_at(server)
    answer = account.call("GET", _PATH)
    if as_json:
        show_json(answer)
        return
    typer.echo(_described(answer))


@app.command()
def add(server: Server = None) -> None:
    """Let logging in take a code of an authenticator app as well. It logs out everywhere else."""
    if not sys.stdin.isatty():
        raise CommandError("A second factor is set up on a terminal: it asks for a first code.")
    _, account = account_at(server)
    email = account.call("GET", "/users/info")["email"]
    password = ask_for_password(from_stdin=False)
    set_up(
        account,
        email,
        password,
        lambda code: account.call("POST", f"{_PATH}/confirm", {"code": code}),
    )
    typer.echo("Logging in takes a code from now on. Logged out everywhere else.")


@app.command()
def renew_codes(
    server: Server = None,
    password_stdin: PasswordStdin = False,
    code: Code = "",
    as_json: AsJson = False,
) -> None:
    """Make new recovery codes. Those before are void."""
    _, account = account_at(server)
    answer = _as_owner(account, "recovery-codes", password_stdin, code)
    if as_json:
        show_json(answer)
        return
    show_recovery_codes(answer["recoveryCodes"])


@app.command()
def remove(server: Server = None, password_stdin: PasswordStdin = False, code: Code = "") -> None:
    """Stop asking for a code when logging in. It logs out everywhere else."""
    _, account = account_at(server)
    _as_owner(account, "remove", password_stdin, code)
    typer.echo("The second factor is removed. Logged out everywhere else.")


def _as_owner(account: "Account", what: str, password_stdin: bool, code: str) -> Any:
    """Make a call that takes the password and a code."""
    account.require_login()
    password = ask_for_password(password_stdin)
    return with_code(lambda code: account.call_as_owner(f"{_PATH}/{what}", password, code), code)


def _described(answer: dict[str, Any]) -> str:
    if not answer["isActive"]:
        if answer["isRequired"]:
            return "You need a second factor to log in again: taskward second-factor add"
        return "Logging in takes no code. Add a second factor: taskward second-factor add"
    since = local(datetime.fromisoformat(answer["addedAt"]))
    left = answer["recoveryCodesLeft"]
    codes = f"{left} recovery code{' is' if left == 1 else 's are'} left."
    return f"Logging in takes a code since {since}. {codes}"
