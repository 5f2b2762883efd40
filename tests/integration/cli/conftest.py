from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.cli.command_line import Machine
from tests.integration.http.people import PASSWORD, Person, sign_up
from tests.integration.http.running_server import RunningServer


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """One whose access tokens end within a second, and who is slow may ask again for a minute."""
    data_dir = tmp_path_factory.mktemp("server") / "data"
    settings = {"WORKERS": "2", "ACCESS_TOKEN_SECONDS": "1", "REFRESH_GRACE_SECONDS": "60"}
    with RunningServer(data_dir, settings) as running:
        yield running


@pytest.fixture
def ada(server: RunningServer) -> Person:
    """Who has an account there."""
    with server.client() as client:
        return sign_up(client)


@pytest.fixture
def laptop(server: RunningServer, tmp_path: Path) -> Machine:
    """A machine on which nobody is logged in."""
    home = tmp_path / "laptop"
    home.mkdir()
    variables = {"TASKWARD_SERVER": server.base_url, "TASKWARD_TOKENS": "file"}
    return Machine(home, variables)


@pytest.fixture
def adas(laptop: Machine, ada: Person) -> Machine:
    """The laptop, with Ada logged in."""
    laptop.run("login", ada.email, "--password-stdin", typed=f"{PASSWORD}\n")
    return laptop
