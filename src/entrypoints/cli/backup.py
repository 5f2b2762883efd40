import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from application.ports.keyring import KeyringError
from entrypoints.cli.failure import CommandError
from entrypoints.cli.keyring_content import keys_in
from entrypoints.cli.output import printable, progress
from entrypoints.cli.private_file import write_privately
from entrypoints.cli.start import start

if TYPE_CHECKING:
    from entrypoints.settings import Settings


def backup(
    file: Annotated[Path, typer.Argument(help="The file to write.", show_default=False)],
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Write the database and the keyring to one file, also while the server runs (SQLite).

    Keep it as safe as the data directory: who has both can sign in as anybody.
    """
    settings, container = start()
    from entrypoints.cli.backup_file import DATABASE, pack  # noqa: PLC0415 # not for who serves

    if file.exists() and not force:
        raise CommandError(f"{file} is there already: choose another name, or add --force.")
    if not file.absolute().parent.is_dir():
        raise CommandError(f"There is no directory {file.parent} to put {file.name} into.")
    with _told(file), TemporaryDirectory(dir=file.parent, prefix=".taskward-backup-") as folder:
        # Before the database: keys are made long before they are used, and may be pruned meanwhile.
        keys = _present_keys(settings)
        copy = Path(folder, DATABASE)
        with progress("Copying the database") as advance:
            container.snapshots().take(copy, advance)
        about = {
            "takenAt": container.clock().now().isoformat(),
            "schema": container.store().current(),
        }
        packed = Path(folder, "packed")
        with progress("Packing") as advance:
            pack(packed, copy, keys, about, advance)
        packed.replace(file)
        _sync(file.absolute().parent)
    held = "the database and the keyring" if keys else "the database; there is no keyring yet"
    typer.echo(f"{printable(str(file))} holds {held} ({file.stat().st_size:,} bytes).")


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
    from entrypoints.cli.backup_file import (  # noqa: PLC0415 # likewise
        DATABASE,
        KEYRING,
        unpack,
    )

    now = container.clock().now()
    aside = f".before-{now:%Y%m%dT%H%M%S.%fZ}"
    if not file.is_file():
        raise CommandError(f"{file} is not there.")
    with _told(file), TemporaryDirectory(dir=settings.data_dir, prefix=".restore-") as folder:
        taken_at = unpack(file, Path(folder))
        unpacked = Path(folder, KEYRING)
        keys = unpacked.read_bytes() if unpacked.exists() and not new_keys else None
        if keys is not None:
            _require_usable(keys, settings, file)
        _confirm(f"Put back the backup of {taken_at}?", yes)
        path = settings.resolved_keyring_file
        with progress("Putting it back"), _keys_beside(path, keys) as made:
            kept = [container.snapshots().put_back(Path(folder, DATABASE), aside)]
            if new_keys or made is not None:
                kept.append(_put_back_keys(path, made, aside))
    typer.echo(f"The backup of {taken_at} is in place.")
    for path in filter(None, kept):
        typer.echo(f"What was there before is in {path}. Delete it when all is well.")


def _present_keys(settings: "Settings") -> bytes | None:
    """The keyring, None where there is none. Raises KeyringError for one that can't be used."""
    path = settings.resolved_keyring_file
    if not path.exists():
        return None
    content = path.read_bytes()
    keys_in(content, settings, path)
    return content


def _require_usable(keys: bytes, settings: "Settings", file: Path) -> None:
    try:
        keys_in(keys, settings, file)
    except KeyringError as error:
        raise CommandError(
            f"The keyring in {file} cannot be used; with --new-keys it is left out, and everybody "
            f"logs in again. What is wrong: {error}"
        ) from error


@contextmanager
def _keys_beside(path: Path, keys: bytes | None) -> Iterator[Path | None]:
    """A copy of the keys, durable, that takes no space any more to be put into place."""
    if keys is None:
        yield None
        return
    made = path.with_name(f".{path.name}.restored")
    write_privately(made, keys)
    try:
        yield made
    finally:
        made.unlink(missing_ok=True)


def _put_back_keys(path: Path, made: Path | None, aside: str) -> Path | None:
    kept = path.with_name(path.name + aside) if path.exists() else None
    if made is not None:
        if kept is not None:
            _keep_as(path, kept)
        made.replace(path)
    elif kept is not None:
        path.rename(kept)
    else:
        return None
    _sync(path.parent)
    return kept


def _keep_as(path: Path, kept: Path) -> None:
    """Under both names, for a start that finds no keyring makes a new one."""
    try:
        os.link(path, kept)
    except FileExistsError:
        raise
    except OSError:
        path.rename(kept)  # a file system without hard links


def _sync(folder: Path) -> None:
    """Else a name that a file was given could be gone after a power cut."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except PermissionError:
        return  # it may be written to, and not read
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


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
