"""A backup is a tar file of the database, the keyring, and a note of what they are."""

import io
import json
import os
import shutil
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, TYPE_CHECKING, Annotated

import typer

from entrypoints.cli.failure import CommandError
from entrypoints.cli.output import progress
from entrypoints.cli.start import start

if TYPE_CHECKING:
    from entrypoints.settings import Settings

DATABASE = "taskward.db"
KEYRING = "keyring.json"
ABOUT = "about.json"

_NO_BACKUP = "is no backup that taskward backup has made"


def backup(
    file: Annotated[Path, typer.Argument(help="The file to write.", show_default=False)],
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Write the database and the keyring to one file, also while the server runs (SQLite).

    Keep it as safe as the data directory: who has both can sign in as anybody.
    """
    settings, container = start()
    if file.exists() and not force:
        raise CommandError(f"{file} is there already: choose another name, or add --force.")
    with _told(file), TemporaryDirectory(dir=file.parent, prefix=".taskward-backup-") as folder:
        copy = Path(folder, DATABASE)
        with progress("Copying the database") as advance:
            container.snapshots().take(copy, advance)
        about = {
            "takenAt": container.clock().now().isoformat(),
            "schema": container.store().current(),
        }
        packed = Path(folder, "packed")
        _pack(packed, copy, settings.resolved_keyring_file, about)
        packed.replace(file)
    held = "the database and the keyring"
    if not settings.resolved_keyring_file.exists():
        held = "the database; there is no keyring yet"
    typer.echo(f"{file} holds {held} ({file.stat().st_size:,} bytes).")


def restore(
    file: Annotated[Path, typer.Argument(help="A backup.", show_default=False)],
    new_keys: Annotated[
        bool,
        typer.Option(
            "--new-keys",
            help="Leave the keyring out, and the present one aside: everybody logs in again.",
        ),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Put a backup in the place of what is here, which is kept beside it. Stop the server first.

    Sessions that were logged out since the backup live again, unless you take new keys.
    """
    settings, container = start()
    now = container.clock().now()
    aside = f".before-{now:%Y%m%dT%H%M%SZ}"
    if not file.is_file():
        raise CommandError(f"{file} is not there.")
    with _told(file), TemporaryDirectory(dir=settings.data_dir, prefix=".restore-") as folder:
        taken_at = _unpack(file, Path(folder))
        keys = Path(folder, KEYRING)
        _check_keys(settings, keys)
        _confirm(f"Put back the backup of {taken_at}?", yes)
        kept = [container.snapshots().put_back(Path(folder, DATABASE), aside)]
        kept.append(
            _put_back_keys(settings.resolved_keyring_file, None if new_keys else keys, aside)
        )
    typer.echo(f"The backup of {taken_at} is in place.")
    for path in filter(None, kept):
        typer.echo(f"What was there before is in {path}. Delete it when all is well.")


def _pack(packed: Path, copy: Path, keyring: Path, about: dict[str, str | None]) -> None:
    descriptor = os.open(packed, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        with tarfile.open(fileobj=file, mode="w") as archive:
            _add(archive, ABOUT, io.BytesIO(json.dumps(about).encode()))
            if keyring.exists():
                _add(archive, KEYRING, io.BytesIO(keyring.read_bytes()))
            with copy.open("rb") as database:
                _add(archive, DATABASE, database)
        file.flush()
        os.fsync(descriptor)


def _add(archive: tarfile.TarFile, name: str, content: IO[bytes]) -> None:
    member = tarfile.TarInfo(name)
    member.mode = 0o600
    member.size = content.seek(0, io.SEEK_END)
    content.seek(0)
    archive.addfile(member, content)


def _unpack(file: Path, folder: Path) -> str:
    """When the backup was taken; its files are in the folder then."""
    try:
        with tarfile.open(file, mode="r:") as archive, progress("Reading the backup") as advance:
            names = [name for name in (ABOUT, KEYRING, DATABASE) if name in archive.getnames()]
            for done, name in enumerate(names, 1):
                _extract(archive, name, folder)
                advance(done, len(names))
        (folder / DATABASE).stat()
        about = json.loads((folder / ABOUT).read_bytes())
        return f"{datetime.fromisoformat(about['takenAt']):%Y-%m-%d %H:%M:%S} UTC"
    except (FileNotFoundError, KeyError, TypeError, ValueError, tarfile.TarError) as error:
        raise CommandError(f"{file} {_NO_BACKUP}, or is damaged.") from error


def _extract(archive: tarfile.TarFile, name: str, folder: Path) -> None:
    """By our own names, so that no archive can write anywhere else."""
    content = archive.extractfile(name)
    if content is None:
        raise KeyError(name)
    with content, (folder / name).open("xb") as file:
        (folder / name).chmod(0o600)
        shutil.copyfileobj(content, file, 1024 * 1024)


def _check_keys(settings: "Settings", keys: Path) -> None:
    """Raises KeyringError for a keyring that could not be used. A backup may be without one."""
    if not keys.exists():
        return
    from entrypoints.container import Container  # noqa: PLC0415 # as in start

    Container(settings=settings.model_copy(update={"keyring_file": keys})).keyring()


def _put_back_keys(path: Path, keys: Path | None, aside: str) -> Path | None:
    kept = path.with_name(path.name + aside) if path.exists() else None
    if kept is not None:
        path.rename(kept)
    if keys is not None and keys.exists():
        made = path.with_name(f".{path.name}.restored")
        shutil.copyfile(keys, made)
        made.chmod(0o600)
        made.replace(path)
    return kept


def _confirm(question: str, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise CommandError("There is no terminal to ask: add --yes.")
    typer.confirm(question, abort=True, err=True)


@contextmanager
def _told(file: Path) -> Iterator[None]:
    """In one line, what the file system has against it."""
    try:
        yield
    except OSError as error:
        raise CommandError(f"{error.filename or file}: {error.strerror}.") from error
