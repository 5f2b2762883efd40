"""Silent refreshing: many processes share one session, and none of them looks like a thief."""

from collections.abc import Iterator
from pathlib import Path
from time import sleep

import pytest

from tests.integration.cli.command_line import Machine
from tests.integration.http.losing_proxy import LosingProxy
from tests.integration.http.people import PASSWORD, Person, sign_up
from tests.integration.http.running_server import DEADLINE_SECONDS, RunningServer

INVOCATIONS = 10
ROUNDS = 3


@pytest.fixture(scope="module")
def strict_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """Without a grace period, a refresh token that is used twice ends its session."""
    data_dir = tmp_path_factory.mktemp("strict") / "data"
    settings = {"WORKERS": "2", "ACCESS_TOKEN_SECONDS": "1", "REFRESH_GRACE_SECONDS": "0"}
    with RunningServer(data_dir, settings) as running:
        yield running


def test_ten_at_once_never_look_like_a_thief(strict_server: RunningServer, tmp_path: Path) -> None:
    with strict_server.client() as client:
        ada = sign_up(client)
    machine = Machine(
        tmp_path, {"TASKWARD_SERVER": strict_server.base_url, "TASKWARD_TOKENS": "file"}
    )
    machine.run("login", ada.email, "--password-stdin", typed=f"{PASSWORD}\n")

    for round_ in range(ROUNDS):
        sleep(1.1)  # so that all find the access token expired
        processes = [machine.start("add", f"task {round_}-{i}") for i in range(INVOCATIONS)]
        for process in processes:
            _, complaint = process.communicate(timeout=DEADLINE_SECONDS)
            assert process.returncode == 0, complaint

    assert len(machine.json("ls")) == ROUNDS * INVOCATIONS
    [session] = machine.json("devices", "list")
    assert session["isCurrent"]


def test_goes_on_for_as_long_as_the_session(adas: Machine) -> None:
    for _ in range(3):
        sleep(1.1)
        assert adas.json("ls") == []


def test_ends_when_the_session_was_ended_elsewhere(
    adas: Machine, ada: Person, server: RunningServer
) -> None:
    with server.client() as client:
        tokens = ada.log_in(client)
        client.headers["Authorization"] = f"Bearer {tokens['accessToken']}"
        assert client.delete("/api/sessions").status_code == 204

    assert "has ended" in adas.fail("ls", code=3)
    assert "Not logged in" in adas.fail("ls", code=3)


def test_asks_again_when_the_answer_was_lost(
    laptop: Machine, ada: Person, server: RunningServer
) -> None:
    refreshes: list[bytes] = []

    def is_the_first_refresh(request: bytes) -> bool:
        if b"/refresh_token" in request:
            refreshes.append(request)
        return b"/refresh_token" in request and len(refreshes) == 1

    with LosingProxy(server.port, is_the_first_refresh) as proxy:
        laptop.variables["TASKWARD_SERVER"] = proxy.base_url
        laptop.run("login", ada.email, "--password-stdin", typed=f"{PASSWORD}\n")
        sleep(1.1)

        assert laptop.json("ls") == []
        sleep(1.1)
        assert laptop.json("ls") == []

    assert len(refreshes) >= 3
    assert refreshes[0].partition(b"\r\n\r\n")[2] == refreshes[1].partition(b"\r\n\r\n")[2]


def test_gives_a_password_again_whose_answer_was_lost(laptop: Machine, tmp_path: Path) -> None:
    given: list[bytes] = []

    def is_the_first_time(request: bytes) -> bool:
        if b"/reauthenticate" in request:
            given.append(request)
        return b"/reauthenticate" in request and len(given) == 1

    settings = {"WORKERS": "1", "REAUTHENTICATION_SECONDS": "1"}
    with (
        RunningServer(tmp_path / "hasty", settings) as hasty,
        hasty.client() as client,
        LosingProxy(hasty.port, is_the_first_time) as proxy,
    ):
        ada = sign_up(client)
        laptop.variables["TASKWARD_SERVER"] = proxy.base_url
        laptop.run("login", ada.email, "--password-stdin", typed=f"{PASSWORD}\n")
        ada.log_in(client)
        sleep(1.1)

        shown, code = laptop.on_terminal("devices", "end-others", typed=[PASSWORD])

        assert code == 0, shown
        assert len(given) == 2
        [left] = laptop.json("devices", "list")
        assert left["isCurrent"]


def test_keeps_the_session_while_the_server_is_away(
    laptop: Machine, ada: Person, server: RunningServer
) -> None:
    is_away = False

    with LosingProxy(server.port, lambda _: is_away) as proxy:
        laptop.variables["TASKWARD_SERVER"] = proxy.base_url
        laptop.run("login", ada.email, "--password-stdin", typed=f"{PASSWORD}\n")
        sleep(1.1)
        is_away = True
        assert "cannot be reached" in laptop.fail("ls", code=4)
        is_away = False

        assert laptop.json("ls") == []
