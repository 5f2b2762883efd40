from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from domain.errors import Rejected


class SnapshotRefused(Rejected):
    code = "B01"
    sentence = "This database cannot be copied."


class Snapshots(Protocol):
    """Copies of the whole store in one file. Both raise SnapshotRefused and StoreUnavailable.

    ``progress`` is told how much is done, and of how much.
    """

    def take(self, target: Path, progress: Callable[[int, int], None]) -> None:
        """Write a copy of what is stored at one instant to a new file, while others go on.

        The file is for its owner alone, whole in itself, and has been checked.
        """
        ...

    def put_back(self, source: Path, aside: str) -> Path | None:
        """Put a copy in the place of what is stored, which nobody may have in use.

        What was there is kept in a file beside it whose name ends in ``aside``; where that is,
        or None when there was nothing.
        """
        ...
