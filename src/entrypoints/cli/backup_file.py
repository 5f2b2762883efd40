"""The file that a backup is: a tar of the database, the keyring, and a note of what they are."""

import io
import json
import os
import shutil
import tarfile
from datetime import datetime
from pathlib import Path
from typing import IO

from entrypoints.cli.failure import CommandError
from entrypoints.cli.output import Advance, progress

DATABASE = "taskward.db"
KEYRING = "keyring.json"
ABOUT = "about.json"

_PART = 1024 * 1024
_NO_BACKUP = "is no backup that taskward backup has made"


def pack(
    packed: Path, copy: Path, keys: bytes | None, about: dict[str, str | None], advance: Advance
) -> None:
    """Write a new file, for its owner alone, and have it on the disk."""
    descriptor = os.open(packed, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        with tarfile.open(fileobj=file, mode="w") as archive:
            _add(archive, ABOUT, io.BytesIO(json.dumps(about).encode()), advance)
            if keys is not None:
                _add(archive, KEYRING, io.BytesIO(keys), advance)
            with copy.open("rb") as database:
                _add(archive, DATABASE, database, advance)
        file.flush()
        os.fsync(descriptor)


def _add(archive: tarfile.TarFile, name: str, content: IO[bytes], advance: Advance) -> None:
    watched = _Watched(content, advance)
    member = tarfile.TarInfo(name)
    member.mode = 0o600
    member.size = watched.size
    archive.addfile(member, watched)


def unpack(file: Path, folder: Path) -> str:
    """When the backup was taken; its files are in the folder then."""
    try:
        with tarfile.open(file, mode="r:") as archive, progress("Reading the backup") as advance:
            for name in (ABOUT, KEYRING, DATABASE):
                if name in archive.getnames():
                    _extract(archive, name, folder, advance)
        (folder / DATABASE).stat()
        about = json.loads((folder / ABOUT).read_bytes())
        return f"{datetime.fromisoformat(about['takenAt']):%Y-%m-%d %H:%M:%S} UTC"
    except (FileNotFoundError, KeyError, TypeError, ValueError, tarfile.TarError) as error:
        raise CommandError(f"{file} {_NO_BACKUP}, or is damaged.") from error


def _extract(archive: tarfile.TarFile, name: str, folder: Path, advance: Advance) -> None:
    """By our own names, so that no archive can write anywhere else."""
    content = archive.extractfile(name)
    if content is None:
        raise KeyError(name)
    with content, (folder / name).open("xb") as file:
        (folder / name).chmod(0o600)
        shutil.copyfileobj(_Watched(content, advance), file, _PART)


class _Watched:
    """A file that tells how much of it has been read."""

    def __init__(self, file: IO[bytes], advance: Advance) -> None:
        self._file = file
        self._advance = advance
        self.size = file.seek(0, io.SEEK_END)
        file.seek(0)

    def read(self, size: int = -1) -> bytes:
        part = self._file.read(size)
        self._advance(self._file.tell(), self.size)
        return part
