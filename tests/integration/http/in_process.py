"""The application without a server around it."""

from pathlib import Path
from typing import Any

from entrypoints.container import Container
from entrypoints.settings import Settings


def container_in(folder: Path, **settings: Any) -> Container:
    """As `taskward serve` makes it, with a database in the folder."""
    container = Container(
        settings=Settings(data_dir=folder, argon2_memory_kib=8, argon2_time_cost=1, **settings)
    )
    container.store().upgrade()
    return container
