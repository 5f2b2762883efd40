"""The keyring's file: read with suspicion, written as a whole, durably, for its owner alone."""

import errno
import fcntl
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from application.ports.keyring import KeyringError

MAX_BYTES = 1024 * 1024

Stamp = tuple[int, int, int, int]


def stamp(path: Path) -> Stamp | None:
    """What differs once the file is changed, replaced or given away. None when it is gone."""
    try:
        status = path.lstat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino


def read(path: Path) -> bytes | None:
    """The content, None when there is no such file. Raises KeyringError."""
    try:
        # O_NONBLOCK, for opening a named pipe would wait for somebody to write to it.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            _check(path, os.fstat(descriptor))
            with os.fdopen(descriptor, "rb", closefd=False) as file:
                return file.read()
        finally:
            os.close(descriptor)
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO):  # a link; a socket
            raise _not_a_file(path) from error
        raise KeyringError(
            f"The keyring {path} cannot be read ({error.strerror}): let this user read it."
        ) from error


def create(path: Path, content: bytes) -> None:
    """Write a file that isn't there. Of several that do so at once, the first one's stays."""
    with _temporary(path, content) as temporary:
        try:
            os.link(temporary, path)
        except FileExistsError:
            return
        finally:
            temporary.unlink()


def replace(path: Path, content: bytes) -> None:
    """Write the file anew, so that whoever reads it finds all of the old or all of the new."""
    with _temporary(path, content) as temporary:
        temporary.replace(path)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the file against others that change it, in this process and in others."""
    with _directory(path) as descriptor:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield


def _check(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise _not_a_file(path)
    if status.st_mode & 0o077:
        raise KeyringError(
            f"The keyring {path} is open to other users (mode {status.st_mode & 0o777:04o}): "
            f"run chmod 600 on it, and taskward keys rotate if others may have read it."
        )
    if status.st_size > MAX_BYTES:
        raise KeyringError(f"The keyring {path} is too large to be one: put back a backup of it.")


def _not_a_file(path: Path) -> KeyringError:
    return KeyringError(
        f"The keyring {path} is not a regular file: name the file itself, neither a link to it "
        "nor its directory."
    )


@contextmanager
def _temporary(path: Path, content: bytes) -> Iterator[Path]:
    """A file beside it that is on disk, mode 0600, for the block to put into place."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with _directory(path) as directory:
            _write(temporary, content)
            yield temporary
            os.fsync(directory)
    except OSError as error:
        with suppress(OSError):  # a file system that is read-only refuses this as well
            temporary.unlink()
        raise KeyringError(
            f"The keyring {path} cannot be written ({error.strerror}): "
            "let this user write to its directory, and see that there is space."
        ) from error


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, 0o600)  # whatever the umask
        file.write(content)
        file.flush()
        os.fsync(descriptor)


@contextmanager
def _directory(path: Path) -> Iterator[int]:
    try:
        descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise KeyringError(
            f"The keyring {path} has no directory to be in ({error.strerror}): create it."
        ) from error
    try:
        yield descriptor
    finally:
        os.close(descriptor)
