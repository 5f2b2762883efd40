"""Which server is meant, and where this machine keeps what belongs to it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, flock
from pathlib import Path
from urllib.parse import urlsplit

from entrypoints.cli.failure import CommandError
from entrypoints.cli.private_file import write_privately

LOCAL = "http://127.0.0.1:8000"
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def state_folder() -> Path:
    """``$XDG_STATE_HOME/taskward``, made for its owner alone (XDG Base Directory, 0.8)."""
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    folder = Path(base) / "taskward"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CommandError(f"Cannot make the directory {folder}: {error.strerror}.") from error
    return folder


def chosen_server(folder: Path, given: str | None) -> str:
    """The one that is given, else the last one that was logged in to, else this machine's."""
    if given:
        return server_address(given)
    try:
        return (folder / "server").read_text() or LOCAL
    except FileNotFoundError:
        return LOCAL


def remember_server(folder: Path, server: str) -> None:
    write_privately(folder / "server", server.encode())


def server_address(text: str) -> str:
    """``tasks.example.org`` means https, except on this very machine."""
    if "://" not in text:
        host = urlsplit(f"//{text}").hostname
        text = f"{'http' if host in LOOPBACK else 'https'}://{text}"
    parts = urlsplit(text)
    try:
        is_address = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        is_address = False
    if not is_address or parts.path.strip("/") or parts.query or parts.username:
        raise CommandError(
            f"{text} is no server's address: write it like https://tasks.example.org"
        )
    return f"{parts.scheme}://{parts.netloc.lower()}"


def is_on_this_machine(server: str) -> bool:
    return urlsplit(server).hostname in LOOPBACK


def is_in_the_clear(server: str) -> bool:
    """Whether a password would travel readable by others."""
    return server.startswith("http:") and not is_on_this_machine(server)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the file against other processes. Whoever dies lets go of it. Raises CommandError."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}.") from error
    try:
        flock(descriptor, LOCK_EX)
        yield
    finally:
        os.close(descriptor)
