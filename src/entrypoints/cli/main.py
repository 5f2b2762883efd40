"""The `taskward` command: the operator's part beside the server, and a person's part over HTTP.

Modules that a person's commands do not need are imported by the commands that do: a list of tasks
should not wait for a database's libraries.
"""

import atexit
import errno
import gc
import os
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from domain.errors import DomainError
from entrypoints.cli import audit, backup, db, doctor, import_tutorial, keys, serve, sessions, users
from entrypoints.cli.failure import FAILED, CommandError
from entrypoints.cli.person import devices, second_factor, signing_in, tasks

SERVER = "The server"
OPERATOR = "Its operator's"
MINE = "Yours, on any Taskward server"

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
"""Where a command's output goes."""

app = typer.Typer(
    help="Taskward: a self-hosted task manager whose sign-in is the point.",
    epilog=(
        "Exit codes: 0 done; 1 refused or failed; 2 wrong usage; 3 not logged in; "
        "4 the server cannot be reached, is too busy or has been asked too often."
    ),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def _tell_version(is_asked_for: bool) -> None:
    if is_asked_for:
        typer.echo(f"taskward {version('taskward')}")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_tell_version, is_eager=True, help="Tell the version and exit."
        ),
    ] = False,
) -> None:
    pass


for command in signing_in.COMMANDS + tasks.COMMANDS:
    app.command(rich_help_panel=MINE)(command)
app.add_typer(devices.app, name="devices", rich_help_panel=MINE)
app.add_typer(second_factor.app, name="second-factor", rich_help_panel=MINE)
app.command(rich_help_panel=SERVER)(serve.serve)
app.add_typer(users.app, name="users", rich_help_panel=OPERATOR)
app.add_typer(sessions.app, name="sessions", rich_help_panel=OPERATOR)
app.add_typer(db.app, name="db", rich_help_panel=OPERATOR)
app.add_typer(keys.app, name="keys", rich_help_panel=OPERATOR)
app.command(rich_help_panel=OPERATOR)(backup.backup)
app.command(rich_help_panel=OPERATOR)(backup.restore)
app.command(rich_help_panel=OPERATOR)(doctor.doctor)
app.command(rich_help_panel=OPERATOR)(import_tutorial.import_tutorial)
app.command(rich_help_panel=OPERATOR)(audit.audit)


def main() -> None:
    # What is imported is no garbage. To look for some in it again and again, and once more at the
    # end, would take a fifth of a command's time.
    gc.set_threshold(50_000)
    atexit.register(gc.freeze)
    _fill_closed_streams()
    try:
        app()
    except CommandError as error:
        _end(error, error.exit_code)
    except DomainError as error:
        _end(error, FAILED)
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        _give_up_output()
        _end(f"{error.strerror}.", FAILED)
    except Exception as error:
        if not _is_told_in_one_line(error):
            raise
        _end(error, FAILED)


def _fill_closed_streams() -> None:
    """Where whoever has started this has closed one, it is empty, or read by nobody.

    In their order, so that each has its own number, and no file that is opened later has it.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode))  # noqa: SIM115 # till the process ends


def _give_up_output() -> None:
    """Else Python writes what it has not got rid of once more as it ends, and fails again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _end(reason: object, exit_code: int) -> NoReturn:
    print(f"taskward: {reason}", file=sys.stderr)
    sys.exit(exit_code)


def _is_told_in_one_line(error: Exception) -> bool:
    from application.ports.keyring import KeyringError  # noqa: PLC0415 # only where it failed
    from application.ports.store import DatabaseUrlError  # noqa: PLC0415 # likewise
    from entrypoints.settings import PREFIX, SettingsError  # noqa: PLC0415 # likewise

    if isinstance(error, DatabaseUrlError):
        error.args = (f"{PREFIX}DATABASE_URL: {error}",)
    return isinstance(error, (DatabaseUrlError, KeyringError, SettingsError))
