"""What the doctor finds, and that each bad finding says what to do."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.integration.cli.command_line import Machine
from tests.integration.http.conftest import new_postgres_database
from tests.integration.http.running_server import FOR_TESTS, RunningServer
from tests.integration.memory import MIB, no_more_memory_than


@pytest.fixture(scope="module")
def used_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a server leaves behind."""
    data_dir = tmp_path_factory.mktemp("used") / "data"
    with RunningServer(data_dir, {"WORKERS": "1"}):
        pass
    return data_dir


@pytest.fixture
def operator(used_once: Path, tmp_path: Path) -> Machine:
    """Of a server that has run."""
    data_dir = shutil.copytree(used_once, tmp_path / "data")
    return Machine(tmp_path, {**FOR_TESTS, "TASKWARD_DATA_DIR": str(data_dir)})


def worst(operator: Machine, code: int) -> dict[str, Any]:
    """The one finding that is not good."""
    found = json.loads(operator.ran("doctor", "--json", code=code).stdout)
    [finding] = [it for it in found if it["state"] != "good"]
    assert finding["do"]
    return dict(finding)


def test_all_is_well_after_a_start(operator: Machine) -> None:
    findings = operator.json("doctor")

    assert {it["state"] for it in findings} == {"good"}
    subjects = {it["subject"] for it in findings}
    assert subjects >= {"settings", "data directory", "disk", "keyring", "database", "clock"}
    assert "passwords" in subjects


@pytest.mark.parametrize(
    ("name", "subject"),
    [("data", "data directory"), ("data/taskward.db", "database")],
)
def test_what_is_open_to_others_is_found(operator: Machine, name: str, subject: str) -> None:
    (operator.home / name).chmod(0o755)

    finding = worst(operator, 1)

    assert finding["subject"] == subject
    assert finding["do"].startswith("chmod ")


def test_an_open_keyring_is_found(operator: Machine) -> None:
    path = operator.home / "data/keyring.json"
    path.chmod(0o644)

    assert worst(operator, 1)["do"] == f"chmod 600 {path}"


def test_a_damaged_keyring_is_found_by_its_own_name(operator: Machine) -> None:
    path = operator.home / "data/keyring.json"
    path.write_text("{}")

    finding = worst(operator, 1)

    assert finding["is"].startswith(f"The keyring {path} is damaged")


def test_looking_at_the_keyring_changes_nothing(operator: Machine) -> None:
    path = operator.home / "data/keyring.json"
    before = path.read_bytes()
    operator.variables["TASKWARD_JWT_ALGORITHM"] = "ES256"

    operator.run("doctor")

    assert path.read_bytes() == before


def test_a_setting_that_is_wrong_is_found(operator: Machine) -> None:
    operator.variables["TASKWARD_PORT"] = "x"

    assert worst(operator, 1)["is"].startswith("TASKWARD_PORT")


def test_a_database_that_is_away_is_found(operator: Machine) -> None:
    url = "postgresql://taskward:hidden@localhost:1/none"
    operator.variables["TASKWARD_DATABASE_URL"] = url

    finding = worst(operator, 1)

    assert finding["subject"] == "database"
    assert "cannot be reached" in finding["is"]
    assert "Its driver says: connection failed" in finding["is"]
    assert "hidden" not in finding["is"]


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_a_database_that_cannot_hold_every_character_is_found(
    operator: Machine, postgres_server_url: str, encoding: str
) -> None:
    url = new_postgres_database(postgres_server_url, encoding)
    operator.variables["TASKWARD_DATABASE_URL"] = url

    finding = worst(operator, 1)

    assert finding["subject"] == "database"
    assert f"encoding is {encoding}" in finding["is"]
    assert "createdb -E UTF8 -T template0" in finding["is"]


def test_an_old_schema_is_found(operator: Machine, tmp_path: Path) -> None:
    (tmp_path / "data/taskward.db").write_bytes(b"")

    assert worst(operator, 1)["do"] == "taskward db upgrade"


def test_a_damaged_database_is_found(operator: Machine, tmp_path: Path) -> None:
    (tmp_path / "data/taskward.db").write_bytes(b"garbage" * 1000)

    finding = worst(operator, 1)

    assert finding["subject"] == "database"
    assert "taskward restore" in finding["do"]


def test_too_little_memory_to_hash_a_password_is_found(operator: Machine) -> None:
    operator.variables["TASKWARD_ARGON2_MEMORY_KIB"] = str(4 * 1024 * 1024)

    with no_more_memory_than(256 * MIB):
        finding = worst(operator, 1)

    assert finding["subject"] == "passwords"
    assert "4,194,304 KiB of memory" in finding["is"]
    assert "TASKWARD_ARGON2_MEMORY_KIB" in finding["do"]


def test_a_server_that_is_open_to_all_without_tls_is_warned_of(operator: Machine) -> None:
    operator.variables["TASKWARD_HOST"] = "0.0.0.0"

    assert worst(operator, 0)["subject"] == "network"


def test_looking_makes_nothing(tmp_path: Path) -> None:
    machine = Machine(tmp_path, {"TASKWARD_DATA_DIR": str(tmp_path / "new")})

    machine.run("doctor")

    assert not (tmp_path / "new").exists()


def test_a_terminal_shows_signs_and_advice(operator: Machine) -> None:
    shown, code = operator.on_terminal("doctor")

    assert code == 0
    assert "good" in shown
