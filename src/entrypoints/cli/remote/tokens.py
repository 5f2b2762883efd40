"""A person's tokens on this machine: in the system's keyring where there is one, else in a file."""

import json
import os
import stat
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

from entrypoints.cli.failure import NOT_SIGNED_IN, CommandError
from entrypoints.cli.private_file import write_privately

KIND = "TASKWARD_TOKENS"
"""Of the environment: ``keyring``, ``file``, or ``auto`` for the better of the two."""

_SERVICE = "taskward"


@dataclass(frozen=True, slots=True)
class Tokens:
    """``access_expires_at`` is in seconds since 1970, by this machine's clock."""

    user_id: int
    access_token: str
    refresh_token: str
    access_expires_at: float


class TokenStore(Protocol):
    """One server's tokens. ``save`` has them on disk before it returns."""

    place: str

    def load(self) -> Tokens | None: ...

    def save(self, tokens: Tokens) -> None: ...

    def forget(self) -> None: ...


class FileTokens:
    """A file with mode 0600, replaced as a whole."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.place = f"the file {path}"

    @property
    def exists(self) -> bool:
        return self._path.exists()

    def load(self) -> Tokens | None:
        try:
            with self._path.open("rb") as file:
                mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
                content = file.read()
        except FileNotFoundError:
            return None
        if mode & 0o077:
            raise CommandError(
                f"{self._path} is open to other users (mode {mode:04o}): delete it and log in "
                "again, and log the old session out if others may have read it.",
                NOT_SIGNED_IN,
            )
        return _parse(content)

    def save(self, tokens: Tokens) -> None:
        write_privately(self._path, json.dumps(asdict(tokens)).encode())

    def forget(self) -> None:
        self._path.unlink(missing_ok=True)


class KeyringTokens:
    """An entry of the system's keyring."""

    place = "the system's keyring"

    def __init__(self, keyring: Any, server: str) -> None:
        self._keyring = keyring
        self._server = server

    def load(self) -> Tokens | None:
        content = self._keyring.get_password(_SERVICE, self._server)
        return _parse(content) if content else None

    def save(self, tokens: Tokens) -> None:
        self._keyring.set_password(_SERVICE, self._server, json.dumps(asdict(tokens)))

    def forget(self) -> None:
        if self._keyring.get_password(_SERVICE, self._server) is not None:
            self._keyring.delete_password(_SERVICE, self._server)


def open_tokens(folder: Path, server: str) -> TokenStore:
    """Where the server's tokens are, or would go.

    A file that is there is used: asking the system's keyring takes much longer.
    """
    kind = os.environ.get(KIND) or "auto"
    file = FileTokens(folder / f"{name_of(server)}.json")
    if kind == "file" or (kind == "auto" and file.exists):
        return file
    if kind not in ("auto", "keyring"):
        raise CommandError(f"{KIND} must be auto, keyring or file, and not {kind}.")
    keyring = _system_keyring()
    if keyring is None and kind == "keyring":
        raise CommandError(f"This system has no keyring that can be used: set {KIND}=file.")
    return KeyringTokens(keyring, server) if keyring is not None else file


def name_of(server: str) -> str:
    """A file's name for a server."""
    return sha256(server.encode()).hexdigest()[:16]


def _system_keyring() -> Any:
    """None where there is none, as on most servers."""
    import keyring  # noqa: PLC0415 # looks for back ends in all that is installed

    backend: Any = keyring.get_keyring()
    try:
        # By the package's own rule, what has less is no place for a secret.
        usable = backend.priority >= 1
        if usable:
            backend.get_password(_SERVICE, "")
    except Exception:  # back ends raise what their systems raise: D-Bus, for one
        return None
    return backend if usable else None


def _parse(content: bytes | str) -> Tokens | None:
    """What can't be read counts as not there: logging in anew mends it."""
    try:
        return Tokens(**json.loads(content))
    except (ValueError, TypeError):
        return None
