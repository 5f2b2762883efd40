import json
from collections.abc import Sequence
from typing import Annotated

import typer

from application.ports.keyring import KeyDescription
from entrypoints.cli.start import start

app = typer.Typer(help="The keys that sign and protect tokens.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """All keys, oldest first. Secrets are never shown."""
    _, container = start()
    _show(container.keyring().keys(), as_json)


@app.command()
def rotate() -> None:
    """Let the next keys take over. Running servers notice; nobody is signed out."""
    _, container = start()
    active_from = container.rotate_keys()()
    typer.echo(f"The new keys are used from {active_from:%Y-%m-%d %H:%M:%S} UTC.")


@app.command()
def prune(as_json: AsJson = False) -> None:
    """Remove keys with which no token was made that could still be valid."""
    _, container = start()
    _show(container.prune_keys()(), as_json)


def _show(keys: Sequence[KeyDescription], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps([_plain(key) for key in keys], indent=2))
        return
    if not keys:
        typer.echo("No keys.")
    for key in keys:
        active = f"{key.active_from:%Y-%m-%d %H:%M:%S}" if key.active_from else "published ahead"
        typer.echo(f"{key.purpose:8} {key.algorithm:12} {active:20} {key.id}")


def _plain(key: KeyDescription) -> dict[str, str | None]:
    return {
        "id": key.id,
        "purpose": key.purpose,
        "algorithm": key.algorithm,
        "createdAt": key.created_at.isoformat(),
        "activeFrom": key.active_from.isoformat() if key.active_from else None,
    }
