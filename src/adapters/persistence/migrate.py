"""Alembic, driven from here: it has no configuration file. Imported only by who migrates."""

from collections.abc import Callable

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from adapters.persistence.driver import Driver


def upgrade(driver: Driver, revision: str) -> None:
    _migrate(driver, lambda config: command.upgrade(config, revision))


def downgrade(driver: Driver, revision: str) -> None:
    _migrate(driver, lambda config: command.downgrade(config, revision))


def _migrate(driver: Driver, change: Callable[[Config], None]) -> None:
    """Change the schema as a whole or not at all; of several who try, one does at a time."""
    name = f"{driver.dialect.name}+{driver.dialect.driver}://"
    engine = create_engine(name, creator=driver.connect_to_migrate, poolclass=NullPool)
    config = Config()
    config.set_main_option("script_location", "adapters.persistence:migrations")
    try:
        with engine.connect() as connection:
            driver.lock_schema(connection)
            config.attributes["connection"] = connection
            change(config)
            connection.commit()
    except DBAPIError as error:
        fault = error.orig and driver.fault(error.orig)
        if fault is None:
            raise
        raise fault from error.orig
