"""Whoever logs in on another terminal of the same machine: nothing is done to their account."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.cli.command_line import Machine
from tests.integration.http.losing_proxy import LosingProxy
from tests.integration.http.people import PASSWORD, Person, sign_up
from tests.integration.http.running_server import RunningServer

TOLD = "Another account has been logged in at"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """Its access tokens last for as long as somebody else needs to log in."""
    with RunningServer(tmp_path_factory.mktemp("server") / "data", {"WORKERS": "2"}) as running:
        yield running


@pytest.fixture
def bob(server: RunningServer) -> Person:
    with server.client() as client:
        return sign_up(client)


@pytest.fixture
def bobs(laptop: Machine, bob: Person, tmp_path: Path) -> Machine:
    """A machine of his own."""
    phone = Machine(tmp_path, laptop.variables)
    log_in(phone, bob)
    return phone


def log_in(machine: Machine, person: Person) -> None:
    machine.run("login", person.email, "--password-stdin", typed=f"{PASSWORD}\n")


def open_tasks(machine: Machine) -> list[str]:
    return [task["name"] for task in machine.json("ls")]


def test_a_yes_is_about_the_task_that_was_shown(
    adas: Machine, ada: Person, bobs: Machine, bob: Person
) -> None:
    adas.run("add", "Ada's")
    bobs.run("add", "Bob's")

    def log_bob_in_and_say_yes(shown: str) -> str:
        assert "Delete 1 Ada's?" in shown
        log_in(adas, bob)
        return "y"

    shown, code = adas.on_terminal("rm", "1", typed=[log_bob_in_and_say_yes])

    assert code == 3
    assert TOLD in shown
    assert "Deleted" not in shown
    assert open_tasks(bobs) == ["Bob's"]
    log_in(adas, ada)
    assert open_tasks(adas) == ["Ada's"]


def test_what_is_left_to_do_is_left(
    laptop: Machine, ada: Person, bobs: Machine, bob: Person, server: RunningServer
) -> None:
    bobs.run("add", "Bob's first")
    bobs.run("add", "Bob's second")

    def is_done(request: bytes) -> bool:
        if request.startswith(b"PUT"):
            log_in(laptop, bob)
        return False

    with LosingProxy(server.port, is_done) as proxy:
        laptop.variables = {**laptop.variables, "TASKWARD_SERVER": proxy.base_url}
        log_in(laptop, ada)
        laptop.run("add", "Ada's first")
        laptop.run("add", "Ada's second")

        ended = laptop.ran("done", "1", "2", code=3)

    assert ended.stdout == "1 [x] Ada's first\n"
    assert TOLD in ended.stderr
    assert open_tasks(bobs) == ["Bob's first", "Bob's second"]


def test_a_password_is_given_for_the_account_that_it_was_asked_for(
    adas: Machine, bob: Person
) -> None:
    def log_bob_in_and_type(_: str) -> str:
        log_in(adas, bob)
        return PASSWORD

    shown, code = adas.on_terminal("second-factor", "remove", typed=[log_bob_in_and_type])

    assert code == 3
    assert TOLD in shown


def test_the_same_account_goes_on_however_its_address_is_spelt(adas: Machine, ada: Person) -> None:
    adas.run("add", "one")

    def log_in_again_and_say_yes(_: str) -> str:
        log_in(adas, Person(ada.email.upper()))
        return "y"

    shown, code = adas.on_terminal("rm", "1", typed=[log_in_again_and_say_yes])

    assert code == 0, shown
    assert open_tasks(adas) == []
