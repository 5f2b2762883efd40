from collections.abc import Sequence

import typer

from application.ports.keyring import KeyDescription
from entrypoints.cli.output import AsJson, local, show_json, show_table
from entrypoints.cli.start import start

app = typer.Typer(help="The keys that sign and protect tokens.", no_args_is_help=True)


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
        show_json([_members(key) for key in keys])
        return
    show_table(["Id", "Purpose", "Algorithm", "In use since"], map(_row, keys), "No keys.")


def _row(key: KeyDescription) -> tuple[str, ...]:
    active = local(key.active_from) if key.active_from else "published ahead"
    return key.id, key.purpose, key.algorithm, active


def _members(key: KeyDescription) -> dict[str, object]:
    return {
        "id": key.id,
        "purpose": key.purpose,
        "algorithm": key.algorithm,
        "createdAt": key.created_at,
        "activeFrom": key.active_from,
    }
