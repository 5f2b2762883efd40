"""What every command begins with."""

from entrypoints.container import Container
from entrypoints.settings import PREFIX, Settings, load_settings


class StartError(Exception):
    """Why a command can't begin, in one line."""


def start() -> tuple[Settings, Container]:
    """The settings, and a container on a data directory that is there and ours alone.

    Raises SettingsError or StartError.
    """
    settings = load_settings()
    try:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StartError(
            f"{PREFIX}DATA_DIR: cannot make the directory {settings.data_dir}: {error.strerror}."
        ) from error
    return settings, Container(settings=settings)
