import os
import secrets
from pathlib import Path

from entrypoints.cli.failure import CommandError


def write_privately(path: Path, content: bytes) -> None:
    """Replace a file, durably, so that whoever reads it finds all of the old or of the new.

    Nobody but its owner ever reads any of it. Raises CommandError, and leaves the old one.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(descriptor)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}.") from error
