"""A server that is too busy turns people away for a second. They need not come back themselves."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from time import monotonic

import pytest

from domain.throttle import TooManyAttempts
from tests.integration.cli.command_line import Machine

TOKENS = {
    "accessToken": "a",
    "refreshToken": "r",
    "expiresIn": 900,
    "userId": 1,
    "firstName": "Ada",
}
BUSY = {"error": "Too many people are signing in.", "errorCode": "busy"}
GUESSED = {"error": TooManyAttempts.sentence, "errorCode": TooManyAttempts.code}
AWAY = {"error": "The database cannot be reached.", "errorCode": "unavailable"}


class Turnstile(ThreadingHTTPServer):
    """Refuses the first requests, lets the others log in, and notes when each came."""

    refusals = 0
    status = 503
    problem = BUSY
    retry_after = "0"

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.came: list[float] = []


class _Handler(BaseHTTPRequestHandler):
    server: Turnstile

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.came.append(monotonic())
        is_refused = len(self.server.came) <= self.server.refusals
        self.send_response(self.server.status if is_refused else 200)
        if is_refused:
            self.send_header("Retry-After", self.server.retry_after)
        self.end_headers()
        self.wfile.write(json.dumps(self.server.problem if is_refused else TOKENS).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def turnstile() -> Iterator[Turnstile]:
    with Turnstile() as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def machine(turnstile: Turnstile, tmp_path: Path) -> Machine:
    server = f"http://127.0.0.1:{turnstile.server_port}"
    return Machine(tmp_path, {"TASKWARD_SERVER": server, "TASKWARD_TOKENS": "file"})


LOGIN = ("login", "ada@example.org", "--password-stdin")


def test_it_is_asked_again_until_it_answers(turnstile: Turnstile, machine: Machine) -> None:
    turnstile.refusals = 5

    assert "Logged in" in machine.run(*LOGIN, typed="x\n")

    assert len(turnstile.came) == 6


def test_it_is_given_the_time_that_it_asks_for(turnstile: Turnstile, machine: Machine) -> None:
    turnstile.refusals, turnstile.retry_after = 1, "1"

    machine.run(*LOGIN, typed="x\n")

    first, second = turnstile.came
    assert second - first >= 1


def test_it_is_given_up_after_a_few_times(turnstile: Turnstile, machine: Machine) -> None:
    turnstile.refusals = 100

    said = machine.fail(*LOGIN, typed="x\n", code=4)

    assert said == "taskward: Too many people are signing in.\n"
    assert len(turnstile.came) == 6


def test_on_a_terminal_one_sees_why_it_takes_longer(turnstile: Turnstile, machine: Machine) -> None:
    turnstile.refusals = 1

    shown, code = machine.on_terminal("login", "ada@example.org", typed=["x"])

    assert code == 0, shown
    assert "The server is busy: trying again" in shown


def test_another_trouble_is_told_at_once(turnstile: Turnstile, machine: Machine) -> None:
    turnstile.refusals, turnstile.problem = 100, AWAY

    machine.fail(*LOGIN, typed="x\n", code=4)

    assert len(turnstile.came) == 1


@pytest.mark.parametrize(
    ("retry_after", "told"), [("1", "1 s"), ("89", "89 s"), ("841", "15 minutes")]
)
def test_whoever_has_to_wait_is_told_for_how_long(
    turnstile: Turnstile, machine: Machine, retry_after: str, told: str
) -> None:
    turnstile.refusals, turnstile.status, turnstile.problem = 100, 429, GUESSED
    turnstile.retry_after = retry_after

    said = machine.fail(*LOGIN, typed="x\n", code=4)

    assert said == f"taskward: {TooManyAttempts.sentence} Time left: {told}.\n"
    assert len(turnstile.came) == 1
