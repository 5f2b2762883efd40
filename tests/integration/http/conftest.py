"""Servers on each database, and people who use them."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import httpx
import psycopg
import pytest
import trustme

from tests.integration.http.encrypted_server import encrypted_server
from tests.integration.http.people import bearer, sign_up
from tests.integration.http.running_server import RunningServer, command, environment


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def database_settings(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """What a server needs to know of its database; made anew for the run, schema and all."""
    if request.param == "sqlite":
        return {}
    url = new_postgres_database(request.getfixturevalue("postgres_server_url"))
    settings = {"DATABASE_URL": url}
    upgrade = [*command(), "db", "upgrade"]
    env = environment(tmp_path_factory.mktemp("upgrade") / "data", **settings)
    subprocess.run(upgrade, env=env, check=True, capture_output=True)
    return settings


@pytest.fixture(scope="session")
def server(
    database_settings: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningServer]:
    """Two worker processes, shared by all tests of the run."""
    data_dir = tmp_path_factory.mktemp("server") / "data"
    with RunningServer(data_dir, {"WORKERS": "2", **database_settings}) as running:
        yield running


@pytest.fixture
def serve(
    database_kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Callable[..., RunningServer]]:
    """Start a server of the test's own, with settings, on each database in turn."""
    with ExitStack() as stack:

        def start(**settings: str) -> RunningServer:
            database = {}
            if database_kind == "postgresql":
                database["DATABASE_URL"] = request.getfixturevalue("postgresql_url")
            return stack.enter_context(
                RunningServer(tmp_path / "data", {"WORKERS": "2", **database, **settings})
            )

        yield start


@pytest.fixture
def serve_sqlite(tmp_path: Path) -> Iterator[Callable[..., RunningServer]]:
    """The same where it makes no difference which database there is."""
    with ExitStack() as stack:

        def start(**settings: str) -> RunningServer:
            running = RunningServer(tmp_path / "data", {"WORKERS": "2", **settings})
            return stack.enter_context(running)

        yield start


@pytest.fixture(scope="session")
def tls_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """With a certificate that its own clients trust."""
    with encrypted_server(tmp_path_factory.mktemp("tls"), trustme.CA()) as running:
        yield running


@pytest.fixture
def anonymous(server: RunningServer) -> Iterator[httpx.Client]:
    with server.client() as client:
        yield client


@pytest.fixture
def person(server: RunningServer) -> Iterator[httpx.Client]:
    """Somebody who is signed in and has no tasks yet."""
    yield from signed_in(server)


@pytest.fixture
def stranger(server: RunningServer) -> Iterator[httpx.Client]:
    """Somebody else who is signed in."""
    yield from signed_in(server)


def signed_in(server: RunningServer) -> Iterator[httpx.Client]:
    with server.client() as client:
        client.headers.update(bearer(sign_up(client).log_in(client)))
        yield client


def new_postgres_database(server_url: str, encoding: str = "UTF8") -> str:
    """The URL of an empty database on that server."""
    name = f"taskward_{uuid4().hex}"
    options = f"TEMPLATE template0 ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C'"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" {options}'.encode())
    return str(httpx.URL(server_url).copy_with(path=f"/{name}"))
