"""The `taskward` command. Whatever goes wrong is told in one line, with exit code 1."""

import sys

import typer

from application.ports.keyring import KeyringError
from application.ports.store import DatabaseUrlError
from domain.errors import DomainError
from entrypoints.cli import audit, db, keys, serve
from entrypoints.cli.start import StartError
from entrypoints.http.server import ServeError
from entrypoints.settings import PREFIX, SettingsError

app = typer.Typer(
    help="Taskward: a self-hosted task manager whose sign-in is the point.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command()(serve.serve)
app.command()(audit.audit)
app.add_typer(db.app, name="db")
app.add_typer(keys.app, name="keys")


def main() -> None:
    try:
        app()
    except DatabaseUrlError as error:
        print(f"taskward: {PREFIX}DATABASE_URL: {error}", file=sys.stderr)
        sys.exit(1)
    except (DomainError, KeyringError, ServeError, SettingsError, StartError) as error:
        print(f"taskward: {error}", file=sys.stderr)
        sys.exit(1)
