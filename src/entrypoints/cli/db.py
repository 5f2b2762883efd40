import typer

from entrypoints.cli.start import start

app = typer.Typer(help="The database's schema.", no_args_is_help=True)


@app.command()
def upgrade() -> None:
    """Bring the schema to what this version needs. Safe to repeat."""
    _, container = start()
    container.store().upgrade()
    typer.echo("The schema is current.")


@app.command()
def current() -> None:
    """Tell the schema's revision."""
    _, container = start()
    typer.echo(container.store().current() or "none: the database is empty")


@app.command()
def check() -> None:
    """Tell whether the database answers and its schema is current; exit code 1 if not."""
    _, container = start()
    container.store().check()
    typer.echo("The database answers and its schema is current.")
