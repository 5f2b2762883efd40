"""What every command of the operator begins with."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from domain.errors import Unavailable
from entrypoints.cli.failure import CommandError

# A person's commands share this program and must begin at once, without a database's libraries.
if TYPE_CHECKING:
    from entrypoints.container import Container
    from entrypoints.settings import Settings


class StartError(CommandError):
    """Why a command can't begin, in one line."""


def start() -> "tuple[Settings, Container]":
    """The settings, and a container on a data directory that is there and ours alone.

    Raises SettingsError or StartError.
    """
    from entrypoints.settings import PREFIX, load_settings  # noqa: PLC0415 # see above

    settings = load_settings()
    try:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StartError(
            f"{PREFIX}DATA_DIR: cannot make the directory {settings.data_dir}: {error.strerror}."
        ) from error
    # Late, so that a setting that is wrong is told at once.
    from entrypoints.container import Container  # noqa: PLC0415 # see above

    return settings, Container(settings=settings)


@contextmanager
def naming_the_database(settings: "Settings") -> Iterator[None]:
    """Say which database it is that can't be used. Raises StartError."""
    from entrypoints.settings import PREFIX  # noqa: PLC0415 # see above

    try:
        yield
    except Unavailable as error:
        given = settings.database_url is not None
        name = f"{PREFIX}DATABASE_URL" if given else settings.data_dir / "taskward.db"
        raise StartError(f"{name}: {error}{in_the_drivers_words(error)}") from error


def in_the_drivers_words(error: Unavailable) -> str:
    """What only the operator may read: which role or host it is that isn't there, say."""
    if isinstance(error.__cause__, OSError):
        return ""  # the sentence itself has given the system's reason
    words = " ".join(str(error.__cause__ or "").split())
    if not words:
        return ""
    return f" Its driver says: {words if words.endswith('?') else words.rstrip('.') + '.'}"
