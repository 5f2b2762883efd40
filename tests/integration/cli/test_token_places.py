"""Where tokens are kept: in the system's keyring where there is one, else in a file."""

import json
from pathlib import Path

import pytest

from tests.integration.cli.command_line import Machine
from tests.integration.http.people import PASSWORD, Person

BACKEND = """
import json
from pathlib import Path
from keyring.backend import KeyringBackend

FILE = Path.home() / "secrets.json"


class Secrets(KeyringBackend):
    priority = 5

    def _all(self):
        return json.loads(FILE.read_text()) if FILE.exists() else {}

    def get_password(self, service, username):
        return self._all().get(f"{service} {username}")

    def set_password(self, service, username, password):
        FILE.write_text(json.dumps({**self._all(), f"{service} {username}": password}))

    def delete_password(self, service, username):
        kept = self._all()
        del kept[f"{service} {username}"]
        FILE.write_text(json.dumps(kept))
"""


@pytest.fixture
def desktop(laptop: Machine, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A machine with a keyring."""
    (laptop.home / "a_keyring.py").write_text(BACKEND)
    laptop.variables |= {
        "PYTHON_KEYRING_BACKEND": "a_keyring.Secrets",
        "PYTHONPATH": f"{laptop.home}:{laptop.environment.get('PYTHONPATH', '')}",
        "TASKWARD_TOKENS": "auto",
    }
    return laptop


def log_in(machine: Machine, ada: Person) -> str:
    return machine.run("login", ada.email, "--password-stdin", typed=f"{PASSWORD}\n")


def secrets_of(machine: Machine) -> dict[str, str]:
    secrets: dict[str, str] = json.loads((machine.home / "secrets.json").read_text())
    return secrets


def files_of(machine: Machine) -> list[Path]:
    return list((machine.home / ".local/state/taskward").glob("*.json"))


def test_the_keyring_is_used_where_there_is_one(desktop: Machine, ada: Person) -> None:
    assert "the system's keyring" in log_in(desktop, ada)
    assert desktop.json("ls") == []

    [name] = secrets_of(desktop)
    assert name == f"taskward {desktop.variables['TASKWARD_SERVER']}"
    assert files_of(desktop) == []


def test_the_keyring_forgets_at_logout(desktop: Machine, ada: Person) -> None:
    log_in(desktop, ada)

    desktop.run("logout")

    assert secrets_of(desktop) == {}


def test_a_file_is_used_where_there_is_no_keyring(laptop: Machine, ada: Person) -> None:
    laptop.variables |= {
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        "TASKWARD_TOKENS": "auto",
    }

    assert "the file" in log_in(laptop, ada)
    assert laptop.json("ls") == []
    assert len(files_of(laptop)) == 1


def test_where_nothing_can_be_kept_a_login_tells_so_and_leaves_no_session(
    laptop: Machine, ada: Person
) -> None:
    login = ("login", ada.email, "--password-stdin")
    in_the_way = laptop.home / ".local/state/taskward/server"
    in_the_way.mkdir(parents=True)

    said = laptop.fail(*login, typed=f"{PASSWORD}\n")

    assert said == f"taskward: {in_the_way} cannot be written: Is a directory.\n"
    in_the_way.rmdir()
    laptop.run(*login, typed=f"{PASSWORD}\n")
    assert len(laptop.json("devices", "list")) == 1


def test_a_keyring_that_is_insisted_on_must_be_there(laptop: Machine, ada: Person) -> None:
    laptop.variables |= {
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        "TASKWARD_TOKENS": "keyring",
    }

    assert "no keyring" in laptop.fail("login", ada.email, "--password-stdin", typed="x\n")


def test_a_place_that_is_none_is_refused(laptop: Machine) -> None:
    laptop.variables["TASKWARD_TOKENS"] = "disk"

    assert "must be auto, keyring or file" in laptop.fail("ls")
