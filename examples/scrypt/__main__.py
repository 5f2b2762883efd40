"""The command `taskward` with scrypt: ``PYTHONPATH=src python -m examples.scrypt serve``."""

from dependency_injector import containers
from dependency_injector.providers import Provider, Singleton

from application.ports.password_hasher import PasswordHasher
from entrypoints.cli.main import main
from entrypoints.container import Container
from examples.scrypt.hasher import ScryptHasher


@containers.override(Container)
class Replacements(containers.DeclarativeContainer):
    hasher: Provider[PasswordHasher] = Singleton(
        ScryptHasher,
        concurrency=Container.settings.provided.hashing_concurrency,
        aside=Container.turn.provided.aside,
    )


if __name__ == "__main__":
    main()
