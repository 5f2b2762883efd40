"""Processes that die, databases that go away, and an operator who ends the server."""

import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Semaphore, Thread
from time import sleep
from typing import Any

import httpx
import pytest

from tests.integration.databases import OPTIONS, PostgresServer, execute
from tests.integration.http.conftest import new_postgres_database
from tests.integration.http.people import PASSWORD, bearer, sign_up, signup_body
from tests.integration.http.running_server import (
    DEADLINE_SECONDS,
    RunningServer,
    run,
    until,
    worker_of,
)

REFRESH = "/api/users/refresh_token"
WATCHFUL = {"PYTHONWARNINGS": "always::ResourceWarning"}


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[RunningServer]:
    """A server that a test may do anything to."""
    yield from serving(tmp_path, {})


@pytest.fixture
def own_server_on_each(
    database_settings: dict[str, str], tmp_path: Path
) -> Iterator[RunningServer]:
    """The same, on each database."""
    yield from serving(tmp_path, database_settings)


def serving(tmp_path: Path, settings: dict[str, str]) -> Iterator[RunningServer]:
    settings = {"WORKERS": "2", "REFRESH_GRACE_SECONDS": "600", **settings}
    with RunningServer(tmp_path / "data", settings, variables=WATCHFUL) as server:
        yield server
    assert not server.left_workers
    assert "Warning" not in server.output
    assert "Traceback" not in server.output


@dataclass
class Writer:
    """Somebody who adds tasks and refreshes, and keeps in mind what was acknowledged."""

    tokens: dict[str, Any]
    acknowledged: Semaphore
    tasks: dict[int, str] = field(default_factory=dict)
    surprises: list[httpx.Response] = field(default_factory=list)

    def write_until_it_breaks(self, client: httpx.Client) -> None:
        try:
            while not self.surprises:
                self._add(client)
                self._refresh(client)
        except httpx.TransportError:
            return

    def _add(self, client: httpx.Client) -> None:
        name = f"task {len(self.tasks)}"
        answer = client.post("/api/tasks", json={"name": name}, headers=bearer(self.tokens))
        if answer.status_code != 201:
            self.surprises.append(answer)
            return
        self.tasks[answer.json()["id"]] = name
        self.acknowledged.release()

    def _refresh(self, client: httpx.Client) -> None:
        answer = client.post(REFRESH, json={"refreshToken": self.tokens["refreshToken"]})
        if answer.status_code != 200:
            self.surprises.append(answer)
            return
        self.tokens = answer.json()


def test_a_kill_in_the_middle_of_writes_loses_nothing_that_was_acknowledged(
    own_server_on_each: RunningServer,
) -> None:
    acknowledged = Semaphore(0)
    with own_server_on_each.client() as client:
        writers = [Writer(sign_up(client).log_in(client), acknowledged) for _ in range(8)]

    for _ in range(3):
        kill_under_writes(own_server_on_each, writers, acknowledged)
        own_server_on_each.start()

        with own_server_on_each.client() as client:
            for writer in writers:
                answer = client.post(REFRESH, json={"refreshToken": writer.tokens["refreshToken"]})
                assert answer.status_code == 200, answer.text
                writer.tokens = answer.json()
                listed = client.get("/api/tasks", headers=bearer(writer.tokens)).json()
                assert writer.tasks.items() <= {t["id"]: t["name"] for t in listed}.items()
                # What was under way may have been done or not: one task each, at each kill.
                assert len(listed) <= len(writer.tasks) + 1
                writer.tasks = {task["id"]: task["name"] for task in listed}


def kill_under_writes(
    server: RunningServer, writers: list[Writer], acknowledged: Semaphore
) -> None:
    with server.crowd(len(writers)) as clients:
        threads = [
            Thread(target=writer.write_until_it_breaks, args=(client,))
            for writer, client in zip(writers, clients, strict=True)
        ]
        for thread in threads:
            thread.start()
        for _ in range(100):
            assert acknowledged.acquire(timeout=DEADLINE_SECONDS)
        server.kill()
        for thread in threads:
            thread.join()
    assert [answer.text for writer in writers for answer in writer.surprises] == []


def test_a_worker_that_is_killed_is_replaced_and_the_service_goes_on(
    own_server: RunningServer,
) -> None:
    with own_server.crowd() as clients:
        tokens = sign_up(clients[0]).log_in(clients[0])
        known = {worker_of(client.get("/healthz")) for client in clients}
    killed, survivor = own_server.worker_pids

    os.kill(killed, signal.SIGKILL)
    until(lambda: len(set(own_server.worker_pids) - {killed}) == 2, "another worker is there")

    with own_server.crowd() as clients:
        answers = [client.get("/api/tasks", headers=bearer(tokens)) for client in clients]
    assert {answer.status_code for answer in answers} == {200}
    assert len({worker_of(answer) for answer in answers} & known) == 1
    assert survivor in own_server.worker_pids
    assert own_server.stop() == 0


def test_a_main_process_that_is_killed_leaves_the_port_to_the_next_one(
    own_server: RunningServer,
) -> None:
    with own_server.client() as client:
        person = sign_up(client)

    os.kill(own_server.process.pid, signal.SIGKILL)
    own_server.process.wait()

    until(lambda: own_server.is_gone, "the workers have ended too")
    own_server.wait()
    own_server.start()
    with own_server.client() as client:
        assert person.log_in(client)


@dataclass
class HeldRequest:
    """A request that is under way until its body is sent: the server has asked for it."""

    connection: socket.socket
    body: bytes = b'{"name": "under way"}'

    def begin(self, token: str) -> None:
        head = (
            "POST /api/tasks HTTP/1.1",
            "Host: localhost",
            f"Authorization: Bearer {token}",
            "Content-Type: application/json",
            f"Content-Length: {len(self.body)}",
            "Expect: 100-continue",
            "\r\n",
        )
        self.connection.sendall("\r\n".join(head).encode())
        assert self.connection.recv(1000).startswith(b"HTTP/1.1 100 ")

    def end(self) -> bytes:
        """The first line of the answer."""
        self.connection.sendall(self.body)
        return self.connection.makefile("rb").readline()


def by_sigterm(server: RunningServer) -> None:
    os.kill(server.process.pid, signal.SIGTERM)


def by_sigint(server: RunningServer) -> None:
    os.kill(server.process.pid, signal.SIGINT)


def by_ctrl_c(server: RunningServer) -> None:
    """A terminal interrupts all processes."""
    os.killpg(server.process.pid, signal.SIGINT)


def by_systemd(server: RunningServer) -> None:
    """It tells all processes to end."""
    os.killpg(server.process.pid, signal.SIGTERM)


def by_kill_after_ctrl_z(server: RunningServer) -> None:
    pid = server.process.pid
    os.kill(pid, signal.SIGSTOP)
    until(lambda: state_of(pid) == "T", "it stands still")
    os.kill(pid, signal.SIGTERM)
    os.kill(pid, signal.SIGCONT)


def test_a_worker_that_ends_before_its_parent_is_told_has_not_failed(
    own_server: RunningServer,
) -> None:
    parent, workers = own_server.process.pid, own_server.worker_pids

    os.kill(parent, signal.SIGSTOP)
    until(lambda: state_of(parent) == "T", "it stands still")
    for worker in workers:
        os.kill(worker, signal.SIGTERM)
    until(lambda: {*map(state_of, workers)} <= {"Z", ""}, "the workers have ended")
    os.kill(parent, signal.SIGTERM)
    os.kill(parent, signal.SIGCONT)

    assert own_server.wait() == 0


def state_of(pid: int) -> str:
    """As proc(5) has it: Z has ended, and its parent has not taken notice; nothing: it has."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


@pytest.mark.parametrize(
    "end", [by_sigterm, by_sigint, by_ctrl_c, by_systemd, by_kill_after_ctrl_z]
)
def test_who_ends_it_waits_for_what_is_under_way_and_for_no_more(
    own_server: RunningServer, end: Callable[[RunningServer], None]
) -> None:
    with own_server.client() as client:
        tokens = sign_up(client).log_in(client)
    address = ("127.0.0.1", own_server.port)
    with (
        socket.create_connection(address, DEADLINE_SECONDS) as idle,
        socket.create_connection(address, DEADLINE_SECONDS) as connection,
    ):
        request = HeldRequest(connection)
        request.begin(tokens["accessToken"])

        end(own_server)

        until(lambda: not listens(own_server), "nobody new is let in")
        assert request.end() == b"HTTP/1.1 201 Created\r\n"
        assert own_server.wait() == 0
        assert idle.recv(1) == b""
    own_server.start()
    with own_server.client() as client:
        tasks = client.get("/api/tasks", headers=bearer(tokens)).json()
    assert [task["name"] for task in tasks] == ["under way"]


def test_what_is_under_way_is_answered_however_often_the_workers_are_told_to_end(
    own_server: RunningServer,
) -> None:
    with own_server.client() as client:
        tokens = sign_up(client).log_in(client)
    with socket.create_connection(("127.0.0.1", own_server.port), DEADLINE_SECONDS) as connection:
        request = HeldRequest(connection)
        request.begin(tokens["accessToken"])
        by_sigterm(own_server)
        for _ in range(4):
            for pid in own_server.worker_pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGTERM)
            # Of two that come at once a process notices one.
            sleep(0.2)

        assert request.end() == b"HTTP/1.1 201 Created\r\n"
    assert own_server.wait() == 0


def listens(server: RunningServer) -> bool:
    try:
        socket.create_connection(("127.0.0.1", server.port)).close()
    except OSError:
        return False
    return True


def test_it_can_be_ended_while_it_starts(tmp_path: Path) -> None:
    server = RunningServer(tmp_path / "data", {"WORKERS": "3"})

    for _ in range(2):
        # It tells that it serves when the first of the workers does.
        server.start()

        assert server.stop() == 0
        assert not server.left_workers


def test_ctrl_c_ends_it_at_once(tmp_path: Path) -> None:
    server = RunningServer(tmp_path / "data", {"WORKERS": "2"})

    for _ in range(4):
        with server, server.crowd():
            by_ctrl_c(server)

            assert server.wait() == 0
        assert not server.left_workers


class StoppablePostgres(PostgresServer):
    def stop(self) -> None:
        self._run("pg_ctl", "--wait", "--mode=fast", "stop")

    def start(self) -> None:
        options = " ".join(f"-c {option}" for option in OPTIONS)
        self._run("pg_ctl", "--wait", f"--options={options} -k {self._folder}", "start")


CALLS: list[tuple[str, str, Any]] = [
    ("POST", "/api/users/signup", signup_body("new@example.org")),
    ("POST", "/api/users/login", {"email": "who@example.org", "password": PASSWORD}),
    ("GET", "/api/users/info", None),
    ("GET", "/api/tasks", None),
    ("POST", "/api/tasks", {"name": "x"}),
    ("PUT", "/api/tasks", {"id": 1, "isCompleted": True}),
    ("DELETE", "/api/tasks/1", None),
    ("POST", "/api/users/logout", None),
    ("GET", "/readyz", None),
]


def test_while_postgresql_is_away_it_says_so_and_goes_on_by_itself_afterwards(
    tmp_path: Path,
) -> None:
    with StoppablePostgres() as postgres:
        settings = {"DATABASE_URL": postgres.url, "WORKERS": "2"}
        assert run(tmp_path / "data", "db", "upgrade", settings=settings).returncode == 0
        with RunningServer(tmp_path / "data", settings) as server, server.crowd(8) as clients:
            tokens = sign_up(clients[0]).log_in(clients[0])
            for client in clients:
                client.headers.update(bearer(tokens))
                assert client.post("/api/tasks", json={"name": "x"}).status_code == 201

            postgres.stop()

            for client in clients:
                assert client.get("/healthz").status_code == 200
                for method, path, body in CALLS:
                    assert_unavailable(client.request(method, path, json=body))
                token = {"refreshToken": tokens["refreshToken"]}
                assert_unavailable(client.post(REFRESH, json=token))

            postgres.start()

            for client in clients:
                assert client.get("/readyz").status_code == 200
                assert len(client.get("/api/tasks").json()) == len(clients)
            assert clients[0].post(REFRESH, json=token).status_code == 200
            assert clients[-1].post("/api/tasks", json={"name": "y"}).json()["id"] == 9
        assert "fault" not in server.output


def assert_unavailable(answer: httpx.Response) -> None:
    assert (answer.status_code, answer.json()["errorCode"]) == (503, "unavailable"), answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert int(answer.headers["Retry-After"]) >= 1


def test_connections_that_postgresql_has_ended_cost_nobody_an_answer(
    postgres_server_url: str, tmp_path: Path
) -> None:
    url = new_postgres_database(postgres_server_url)
    settings = {"DATABASE_URL": url, "WORKERS": "2"}
    assert run(tmp_path / "data", "db", "upgrade", settings=settings).returncode == 0
    with RunningServer(tmp_path / "data", settings) as server, server.crowd() as clients:
        tokens = sign_up(clients[0]).log_in(clients[0])
        token = {"refreshToken": tokens["refreshToken"]}
        for client in clients:
            client.headers.update(bearer(tokens))

        # The one begins with a query, the other with a transaction.
        for method, path, body in (("GET", "/api/tasks", None), ("POST", REFRESH, token)):
            for client in clients:
                assert client.get("/api/tasks").status_code == 200
            ended = execute(
                url,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()",
            )
            assert len(ended) >= 2

            answers = [client.request(method, path, json=body) for client in clients[:10]]

            assert {answer.status_code for answer in answers} == {200}
