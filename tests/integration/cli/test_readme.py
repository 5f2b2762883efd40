"""The terminal session that the README shows, typed."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.integration.cli.command_line import Machine
from tests.integration.http.people import PASSWORD, Person, signup_body
from tests.integration.http.running_server import RunningServer

README = Path(__file__).parents[3] / "README.md"
FIREFOX = "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0"

# What differs from run to run.
CHANGING = {
    r"127\.0\.0\.1:\d+": "127.0.0.1:8000",
    r"in (the file \S+\.json|the system's keyring)": "in PLACE",
    r"\b[0-9a-f]{8}\b": "ID",
    r"taskward on [\w.-]+": "taskward on HOST",
    r"\d{4}-\d\d-\d\d \d\d:\d\d": "TIME",
    r"─+": "-",
    r" +": " ",
}


def the_session() -> list[tuple[str, str]]:
    """Each command with what it says, as the README has it."""
    [block] = re.findall(r"^```text\n(\$ taskward .*?)^```$", README.read_text(), re.M | re.S)
    commands = re.split(r"^\$ ", block, flags=re.M)[1:]
    return [(it.partition("\n")[0], it.partition("\n")[2]) for it in commands]


def without_what_changes(text: str) -> list[str]:
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)
    for pattern, replacement in CHANGING.items():
        text = re.sub(pattern, replacement, text)
    return [line.strip() for line in text.splitlines() if line.strip()]


@pytest.fixture
def phone(server: RunningServer) -> dict[str, Any]:
    """The tokens of Ada's, who is logged in at her phone before the session begins."""
    with server.client() as client:
        ada = Person("ada@example.org")
        assert client.post("/api/users/signup", json=signup_body(ada.email)).status_code == 201
        client.headers["User-Agent"] = FIREFOX
        return ada.log_in(client)


def test_the_terminal_session_of_the_readme_goes_as_it_says(
    laptop: Machine, phone: dict[str, Any], server: RunningServer
) -> None:
    for line, said in the_session():
        *arguments, last = shlex.split(line)[1:]
        last = phone["sessionId"][:4] if "end" in arguments else last

        shown, code = laptop.on_terminal(*arguments, last, typed=[PASSWORD])

        assert code == 0, shown
        assert without_what_changes(shown) == without_what_changes(said)

    with server.client() as client:
        refresh = {"refreshToken": phone["refreshToken"]}
        assert client.post("/api/users/refresh_token", json=refresh).status_code == 400
