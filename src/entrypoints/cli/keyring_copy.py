from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from application.ports.keyring import KeyringError

if TYPE_CHECKING:
    from application.ports.keyring import KeyDescription
    from entrypoints.settings import Settings


def keys_in_copy(settings: "Settings", copy: Path, original: Path) -> "Sequence[KeyDescription]":
    """The keys in a copy of a keyring. Raises KeyringError, of the original, if it can't be used.

    A copy, for where TASKWARD_JWT_ALGORITHM has changed, opening it adds keys.
    """
    from entrypoints.container import Container  # noqa: PLC0415 # as in start

    changed = settings.model_copy(update={"keyring_file": copy})
    try:
        return Container(settings=changed).keyring().keys()
    except KeyringError as error:
        raise KeyringError(str(error).replace(str(copy), str(original))) from error
