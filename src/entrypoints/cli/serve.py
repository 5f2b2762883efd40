from typing import Annotated

import typer

from entrypoints.cli.start import start


def serve(
    demo: Annotated[
        bool, typer.Option("--demo", help="Make a demo user with sample tasks first.")
    ] = False,
) -> None:
    """Serve the API, on http://127.0.0.1:8000 unless set otherwise."""
    from entrypoints.cli.demo import open_demo_account  # noqa: PLC0415 # not for a person
    from entrypoints.http.server import serve as run_server  # noqa: PLC0415 # nor this

    settings, container = start()
    container.keyring()
    store = container.store()
    if settings.uses_sqlite:
        store.upgrade()
    store.check()
    container.forget_old()()
    if demo:
        typer.echo(open_demo_account(container))
    # Workers are forked: no connection may be shared with them.
    store.disconnect()
    scheme = "https" if settings.tls_cert else "http"
    database = settings.data_dir / "taskward.db" if settings.uses_sqlite else "PostgreSQL"
    run_server(
        settings,
        on_start=lambda: typer.echo(
            f"Taskward serves {scheme}://{settings.host}:{settings.port} "
            f"({settings.workers} workers, data in {database}). Ctrl-C ends it."
        ),
    )
