import os
import sys
from collections.abc import Callable
from contextlib import suppress
from threading import Lock, Thread
from time import sleep
from typing import TYPE_CHECKING, Annotated

import typer

from application.ports.keyring import KeyringError
from application.ports.store import Store
from domain.errors import Unavailable
from entrypoints.cli.failure import FAILED
from entrypoints.cli.start import StartError, naming_the_database, start

if TYPE_CHECKING:
    from entrypoints.container import Container
    from entrypoints.settings import Settings

_A_DAY = 24 * 3600

# SQLite's locks belong to a process: a worker that is forked, in the place of one that died, while
# they are held here would take them for its own for ever, and never write.
_tidying = Lock()
os.register_at_fork(
    before=_tidying.acquire, after_in_parent=_tidying.release, after_in_child=_tidying.release
)


def serve(
    demo: Annotated[
        bool, typer.Option("--demo", help="Make a demo user with sample tasks first.")
    ] = False,
) -> None:
    """Serve the API, on http://127.0.0.1:8000 unless set otherwise."""
    settings, container = start()
    from entrypoints.http import server  # noqa: PLC0415 # not for a person

    # Workers inherit what the threads of this process have left behind.
    container.heap()
    store = container.store()
    scheme = "https" if settings.tls_cert else "http"
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    url = settings.resolved_database_url
    database = url.removeprefix("sqlite:///") if settings.uses_sqlite else "PostgreSQL"
    try:
        # First, for a start that fails should leave no demo user behind, and no newer schema.
        server.require_listening(settings)
        _prepare(settings, container, demo)
        Thread(target=tidy_daily, args=(container,), daemon=True).start()
        server.serve(
            settings,
            on_start=lambda: _announce(
                f"Taskward serves {scheme}://{host}:{settings.port} "
                f"({settings.workers} workers, data in {database}). Ctrl-C ends it."
            ),
        )
    except server.ServeError as error:
        raise StartError(str(error)) from error
    # Workers end without closing theirs: SQLite's last connection is to be this process's. It is
    # closed here, where another signal does no harm, and not at Python's own end.
    with suppress(Unavailable):
        store.check()
    store.disconnect()


def _announce(sentence: str) -> None:
    """Where there is no room for it, no more is heard of it: a server that serves has not failed.

    Past Python's buffer, which would be written once more at the end, and then be a failure.
    """
    with suppress(OSError):
        os.write(sys.stdout.fileno(), f"{sentence}\n".encode(sys.stdout.encoding, "replace"))


def _prepare(settings: "Settings", container: "Container", demo: bool) -> None:
    """What the workers find. They are forked: no connection may be shared with them."""
    from entrypoints.cli.demo import open_demo_account  # noqa: PLC0415 # not for a person

    container.keyring()
    store = container.store()
    with naming_the_database(settings):
        if settings.uses_sqlite:
            _upgrade(store)
        store.check()
        _tidy(container)
        if demo:
            typer.echo(open_demo_account(container))
    store.disconnect()


def _upgrade(store: Store) -> None:
    """In a child, which ends as a command does: what a migration loads would stay for good."""
    child = os.fork()
    if child == 0:
        store.upgrade()
        raise typer.Exit
    _, status = os.waitpid(child, 0)
    if status:
        raise typer.Exit(FAILED)


def tidy_daily(container: "Container", wait: Callable[[float], None] = sleep) -> None:
    """What has come past its time since the start goes, too; ``wait`` is told the seconds."""
    while True:
        wait(_A_DAY)
        with _tidying:
            with suppress(Unavailable):
                _tidy(container)
            container.store().disconnect()


def _tidy(container: "Container") -> None:
    """What is past its retention, and keys that are past theirs. Raises Unavailable."""
    container.forget_old()()
    try:
        container.rotate_old_keys()()
    except KeyringError as error:
        # They go on to sign: that is for the operator to mend, and nobody else's harm.
        typer.echo(f"taskward: {error}", err=True)
