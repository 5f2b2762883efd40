from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from application.ports.keyring import KeyringError
from entrypoints.cli.private_file import write_privately

if TYPE_CHECKING:
    from application.ports.keyring import KeyDescription
    from entrypoints.settings import Settings


def keys_in(content: bytes, settings: "Settings", origin: Path) -> "Sequence[KeyDescription]":
    """The keys of a keyring that was read from ``origin``.

    Raises KeyringError for one that can't be used. It is opened as a copy, since opening one adds
    keys where TASKWARD_JWT_ALGORITHM has changed.
    """
    from entrypoints.container import Container  # noqa: PLC0415 # as in start

    with TemporaryDirectory() as folder:
        copy = Path(folder, origin.name)
        write_privately(copy, content)
        changed = settings.model_copy(update={"keyring_file": copy})
        try:
            return Container(settings=changed).keyring().keys()
        except KeyringError as error:
            raise KeyringError(str(error).replace(str(copy), str(origin))) from error
