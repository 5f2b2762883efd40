from contextlib import suppress
from threading import Thread
from time import sleep
from typing import TYPE_CHECKING, Annotated

import typer

from domain.errors import Unavailable
from entrypoints.cli.start import naming_the_database, start

if TYPE_CHECKING:
    from entrypoints.container import Container

_A_DAY = 24 * 3600


def serve(
    demo: Annotated[
        bool, typer.Option("--demo", help="Make a demo user with sample tasks first.")
    ] = False,
) -> None:
    """Serve the API, on http://127.0.0.1:8000 unless set otherwise."""
    from entrypoints.cli.demo import open_demo_account  # noqa: PLC0415 # not for a person
    from entrypoints.http.server import serve as run_server  # noqa: PLC0415 # nor this

    settings, container = start()
    # Workers inherit what the threads of this process have left behind.
    container.heap()
    container.keyring()
    store = container.store()
    with naming_the_database(settings):
        if settings.uses_sqlite:
            store.upgrade()
        store.check()
    container.forget_old()()
    if demo:
        typer.echo(open_demo_account(container))
    # Workers are forked: no connection may be shared with them.
    store.disconnect()
    Thread(target=_forget_daily, args=(container,), daemon=True).start()
    scheme = "https" if settings.tls_cert else "http"
    url = settings.resolved_database_url
    database = url.removeprefix("sqlite:///") if settings.uses_sqlite else "PostgreSQL"
    run_server(
        settings,
        on_start=lambda: typer.echo(
            f"Taskward serves {scheme}://{settings.host}:{settings.port} "
            f"({settings.workers} workers, data in {database}). Ctrl-C ends it."
        ),
    )


def _forget_daily(container: "Container") -> None:
    """What has come past its retention since the start goes, too."""
    while True:
        sleep(_A_DAY)
        with suppress(Unavailable):
            container.forget_old()()
        container.store().disconnect()
