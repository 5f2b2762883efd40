import typer

from entrypoints.cli.start import naming_the_database, start

app = typer.Typer(help="The database's schema.", no_args_is_help=True)


@app.command()
def upgrade() -> None:
    """Bring the schema to what this version needs. Safe to repeat."""
    settings, container = start()
    with naming_the_database(settings):
        container.store().upgrade()
    typer.echo("The schema is current.")


@app.command()
def current() -> None:
    """Tell the schema's revision."""
    settings, container = start()
    with naming_the_database(settings):
        revision = container.store().current()
    typer.echo(revision or "none: the database is empty")


@app.command()
def check() -> None:
    """Tell whether the database answers and its schema is current; exit code 1 if not."""
    settings, container = start()
    with naming_the_database(settings):
        container.store().check()
    typer.echo("The database answers and its schema is current.")
