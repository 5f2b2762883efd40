"""Databases to test with.

``database_url`` is a migrated database, empty and of the test's own: each test that asks for it
runs once with SQLite and once with PostgreSQL. ``empty_database_url`` is one without a schema.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from threading import Event
from urllib.parse import urlsplit

import pytest

pytest.register_assert_rewrite("tests.contracts")

from adapters.persistence.engine import Database  # noqa: E402 # contracts must not come before
from adapters.persistence.schema import SqlSchema  # noqa: E402 # likewise
from adapters.persistence.turn import Call  # noqa: E402 # likewise
from adapters.persistence.unit_of_work import SqlUnitOfWork  # noqa: E402 # likewise
from tests.integration.databases import PostgresServer, execute  # noqa: E402 # likewise

_numbers = count(1)


@pytest.fixture(scope="session")
def postgres_server_url() -> Iterator[str]:
    """A server's maintenance database, where other databases can be made."""
    with PostgresServer() as server:
        yield server.url


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "taskward.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def _postgres_template(postgres_server_url: str) -> str:
    execute(postgres_server_url, "CREATE DATABASE migrated")
    migrate(named(postgres_server_url, "migrated"))
    return "migrated"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_kind(request: pytest.FixtureRequest) -> str:
    kind: str = request.param
    return kind


@pytest.fixture
def sqlite_url(_sqlite_template: Path, tmp_path: Path) -> str:
    """A migrated SQLite database."""
    copied = shutil.copy(_sqlite_template, tmp_path / "taskward.db")
    return f"sqlite:///{copied}"


@pytest.fixture
def postgresql_url(postgres_server_url: str, _postgres_template: str) -> Iterator[str]:
    """A migrated PostgreSQL database."""
    with a_database(postgres_server_url, _postgres_template) as url:
        yield url


@pytest.fixture
def database_url(database_kind: str, request: pytest.FixtureRequest) -> str:
    # By name, so that SQLite's tests start no server.
    url: str = request.getfixturevalue(f"{database_kind}_url")
    return url


@pytest.fixture
def empty_database_url(
    database_kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[str]:
    if database_kind == "sqlite":
        yield f"sqlite:///{tmp_path}/empty.db"
        return
    with a_database(request.getfixturevalue("postgres_server_url"), "template1") as url:
        yield url


@pytest.fixture
def open_database() -> Iterator[Callable[[str], Database]]:
    """A function that opens the database of a URL, to be closed when the test is over."""
    opened = []

    def open_(url: str) -> Database:
        opened.append(Database(url))
        return opened[-1]

    yield open_
    for database in opened:
        database.dispose()


@pytest.fixture
def database(database_url: str, open_database: Callable[[str], Database]) -> Database:
    return open_database(database_url)


@pytest.fixture
def uow(database: Database) -> SqlUnitOfWork:
    return SqlUnitOfWork(database)


def migrate(url: str) -> None:
    database = Database(url)
    SqlSchema(database).upgrade()
    database.dispose()


@contextmanager
def a_database(server_url: str, template: str) -> Iterator[str]:
    """A database like the template, and gone afterwards, whoever is still connected to it."""
    name = f"test_{next(_numbers)}"
    execute(server_url, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    yield named(server_url, name)
    execute(server_url, f"DROP DATABASE {name} WITH (FORCE)")


def named(server_url: str, name: str) -> str:
    return urlsplit(server_url)._replace(path=f"/{name}").geturl()


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> Event:
    """Set when a thread is about to wait for another one's call."""
    event = Event()
    wait = Call.wait

    def tell_and_wait(call: Call, deadline: float | None = None) -> bool:
        event.set()
        return wait(call, deadline)

    monkeypatch.setattr(Call, "wait", tell_and_wait)
    return event
