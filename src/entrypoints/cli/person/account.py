from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from entrypoints.cli.remote.account import Account

Server = Annotated[
    str | None,
    typer.Option(
        "--server",
        envvar="TASKWARD_SERVER",
        metavar="ADDRESS",
        help="The server; else the one last logged in to.",
        show_default=False,
    ),
]


def account_at(server: str | None) -> "tuple[str, Account]":
    """The server's address, and this person's account there."""
    from entrypoints.cli.remote.account import Account  # noqa: PLC0415 # httpx is slow to load
    from entrypoints.cli.remote.api import Api  # noqa: PLC0415 # likewise
    from entrypoints.cli.remote.place import chosen_server, state_folder  # noqa: PLC0415 # likewise
    from entrypoints.cli.remote.tokens import open_tokens  # noqa: PLC0415 # likewise

    folder = state_folder()
    address = chosen_server(folder, server)
    return address, Account(folder, address, Api(address), open_tokens(folder, address))
