"""The example of an adapter of one's own, in the server and in the other commands."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from adapters.persistence.tables import users
from examples.scrypt.hasher import ScryptHasher
from tests.contracts.password_hasher import PasswordHasherContract
from tests.integration.http.people import PASSWORD, Person
from tests.integration.http.running_server import RunningServer, environment
from tests.integration.http.storage import Storage

ROOT = Path(__file__).parents[3]
PROGRAM = (sys.executable, "-m", "examples.scrypt")
VARIABLES = {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}


class TestScryptHasher(PasswordHasherContract):
    @pytest.fixture
    def hasher(self) -> ScryptHasher:
        return ScryptHasher(concurrency=1, cost=2)

    @pytest.fixture
    def busy_hasher(self) -> ScryptHasher:
        return ScryptHasher(concurrency=0, cost=2)


def test_takes_its_place_in_the_workers_and_in_the_other_commands(tmp_path: Path) -> None:
    ada = Person("ada@example.org")
    with RunningServer(
        tmp_path / "data", {"WORKERS": "1"}, program=PROGRAM, variables=VARIABLES
    ) as server:
        names = ("--first-name", "Ada", "--last-name", "Lovelace", "--password-stdin")
        subprocess.run(
            [*PROGRAM, "users", "add", ada.email, *names],
            env=VARIABLES | environment(server.data_dir),
            cwd=tmp_path,
            input=PASSWORD,
            text=True,
            check=True,
        )
        with server.client() as client:
            tokens = ada.log_in(client)
        ((stored,),) = Storage(server).rows(select(users.c.password_hash))

    assert tokens["firstName"] == "Ada"
    assert stored.startswith("scrypt$131072$")
