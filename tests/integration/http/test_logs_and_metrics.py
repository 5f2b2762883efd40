"""What an operator sees of what goes on, and what nobody sees."""

import json
import os
import signal
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from dependency_injector.providers import Object
from falcon.testing import TestClient
from prometheus_client.parser import text_string_to_metric_families

from entrypoints.http.access_log import AccessLog, as_json
from entrypoints.http.app import create_app
from entrypoints.settings import Settings
from tests.integration.http.in_process import container_in
from tests.integration.http.people import bearer, signup_body
from tests.integration.http.running_server import (
    DEADLINE_SECONDS,
    RunningServer,
    free_port,
    until,
    worker_of,
)

# Not a part of any word that belongs into a log.
SECRET = "Qzx7"
EMAIL = f"{SECRET}email@example.org"
PASSWORD = f"{SECRET}password"
REFRESH = "/api/users/refresh_token"
# Whoever presents it has the keyring looked at, where its key might be by now.
OF_UNKNOWN_KEY = jwt.encode({}, "k" * 32, "HS256", {"kid": "unknown"})


def request_lines(server: RunningServer) -> list[dict[str, Any]]:
    """Of a server that has ended, so that all of its lines are there."""
    return [json.loads(line) for line in server.lines if line.startswith("{")]


@pytest.fixture
def logging_server(database_settings: dict[str, str], tmp_path: Path) -> RunningServer:
    settings = {"WORKERS": "2", "LOG_FORMAT": "json", **database_settings}
    return RunningServer(tmp_path / "data", settings)


def walk(client: httpx.Client) -> dict[str, Any]:
    """Good requests and bad ones, with something secret in every place that there is."""
    body = {**signup_body(EMAIL), "password": PASSWORD, "confirmPassword": PASSWORD}
    client.post("/api/users/signup", json=body)
    client.post("/api/users/signup", json=body)
    client.post("/api/users/signup", json={**body, f"{SECRET}member": 1})
    tokens: dict[str, Any] = client.post(
        "/api/users/login", json={"email": EMAIL, "password": PASSWORD}
    ).json()
    client.post("/api/users/login", json={"email": EMAIL, "password": f"{SECRET}wrong"})
    client.post("/api/users/login", json={"email": f"{SECRET}@x", "password": [SECRET]})
    client.post("/api/users/login", content=SECRET.encode())
    own = bearer(tokens)
    client.post("/api/tasks", json={"name": f"{SECRET}task"}, headers=own)
    client.post("/api/tasks", json={"name": SECRET * 500}, headers=own)
    client.put("/api/tasks", json={"id": 1, "name": f"{SECRET}renamed"}, headers=own)
    client.get(f"/api/tasks?token={SECRET}", headers=own)
    client.get(f"/api/tasks/{SECRET}?{SECRET}", headers=own)
    client.get(f"/{SECRET}/{SECRET}.php?x={SECRET}", headers={"User-Agent": SECRET})
    client.get("/api/tasks", headers={"Authorization": f"Bearer {SECRET}"})
    client.get("/api/tasks", headers={"Authorization": f"Basic {b64encode(SECRET.encode())!r}"})
    client.get("/healthz", headers={"X-Request-ID": f"{SECRET} is not an id"})
    client.get("/healthz", headers={"Cookie": SECRET, "Referer": f"http://{SECRET}/"})
    cookie = {"Cookie": f"taskward-refresh=twr_{SECRET}"}
    client.get("/api/tasks", headers={**own, **cookie})
    in_cookie_mode = {"X-Taskward-Cookie": "1", "Origin": str(client.base_url)}
    client.post(REFRESH, headers={**in_cookie_mode, **cookie})
    client.request(f"{SECRET}METHOD", "/api/tasks")
    client.post(REFRESH, json={"refreshToken": f"twr_{SECRET}"})
    client.post(REFRESH, json={"refreshToken": tokens["refreshToken"]})
    client.post("/api/users/logout", headers=own)
    client.get("/api/tasks", headers=own)
    return tokens


def test_no_secret_is_ever_written(logging_server: RunningServer) -> None:
    with logging_server, logging_server.client() as client:
        tokens = walk(client)

    output = logging_server.output
    assert len(request_lines(logging_server)) >= 20
    assert SECRET.lower() not in output.lower()
    for name in ("accessToken", "refreshToken"):
        assert tokens[name] not in output
        for part in tokens[name].split("."):
            assert part not in output
    assert "Traceback" not in output
    assert "fault" not in output


def test_each_request_is_one_line_that_says_what_and_who(logging_server: RunningServer) -> None:
    with logging_server, logging_server.client() as client:
        tokens = walk(client)
        answers = [
            client.get("/healthz"),
            client.get("/nowhere"),
            client.get("/api/tasks"),
            client.get("/api/tasks/5", headers=bearer(tokens)),
        ]
        again = client.post("/api/users/login", json={"email": EMAIL, "password": PASSWORD})
        own = bearer(again.json())
        answers += [again, client.delete("/api/tasks/5", headers=own)]

    lines = request_lines(logging_server)
    assert len({line["requestId"] for line in lines}) == len(lines)
    by_id = {line["requestId"]: line for line in lines}
    told = [by_id[answer.headers["X-Request-ID"]] for answer in answers]
    assert [(line["method"], line["route"], line["status"]) for line in told] == [
        ("GET", "/healthz", 200),
        ("GET", None, 404),
        ("GET", "/api/tasks", 401),
        ("GET", "/api/tasks/{number}", 401),
        ("POST", "/api/users/login", 200),
        ("DELETE", "/api/tasks/{number}", 404),
    ]
    assert [line.get("errorCode") for line in told] == [
        *(None, "not_found", "A01", "A02", None, "T01")
    ]
    known = {"user": again.json()["userId"], "session": again.json()["sessionId"]}
    for line in told[4:]:
        assert {name: line[name] for name in known} == known
    for line in told[:4]:
        assert not known.keys() & line.keys()
    for line in lines:
        assert line["time"].endswith("Z")
        assert line["ms"] >= 0
        assert line["address"] == "127.0.0.1"


def test_nobody_who_asks_waits_for_whoever_reads_the_log(logging_server: RunningServer) -> None:
    with logging_server, logging_server.client() as client:
        logging_server.is_read.clear()
        # Far more than what a pipe and the reader's buffer hold.
        asked = sum(client.get("/healthz").is_success for _ in range(1000))
        logging_server.is_read.set()

        def tells_of_dropped_lines() -> bool:
            nonlocal asked
            asked += client.get("/healthz").is_success
            return '"dropped"' in logging_server.output

        until(tells_of_dropped_lines, "there is room again")

    lines = request_lines(logging_server)
    dropped = [line["dropped"] for line in lines if "dropped" in line]
    assert len(lines) + sum(dropped) == asked
    assert sum(dropped) > 0


def test_nobody_who_asks_waits_for_whoever_reads_a_warning(tmp_path: Path) -> None:
    server = RunningServer(tmp_path / "data", {"WORKERS": "1"})
    with server, server.client(OF_UNKNOWN_KEY) as client:
        server.is_read.clear()
        for _ in range(1000):
            client.get("/healthz")
        (server.data_dir / "keyring.json").write_text("{}")

        answer = client.get("/api/tasks")

    assert answer.status_code == 401


def test_a_warning_is_told_where_there_is_room(tmp_path: Path) -> None:
    server = RunningServer(tmp_path / "data", {"WORKERS": "1"})
    with server, server.client(OF_UNKNOWN_KEY) as client:
        (server.data_dir / "keyring.json").write_text("{}")
        client.get("/api/tasks")

    assert server.output.count("keyring.json is damaged") == 1


class Broken:
    """A unit of work that fails in a way that nobody has thought of."""

    def begin(self) -> None:
        raise ZeroDivisionError(f"{SECRET} in a message")

    read = begin


def test_what_nobody_has_thought_of_is_answered_and_told_without_its_message(
    tmp_path: Path,
) -> None:
    container = container_in(tmp_path)
    container.uow.override(Object(Broken()))
    log = tmp_path / "log"

    with log.open("wb") as file:
        client = TestClient(
            create_app(container, [AccessLog(container.clock(), as_json, file.fileno())])
        )
        body = {"email": EMAIL, "password": PASSWORD}
        answer = client.simulate_post("/api/users/login", json=body)
        after = client.simulate_get("/healthz")

    container.store().disconnect()
    assert (answer.status_code, answer.json["errorCode"]) == (500, "internal")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert after.status_code == 200
    faulty, fine = map(json.loads, log.read_text().splitlines())
    assert faulty["requestId"] == answer.json["requestId"] == answer.headers["X-Request-ID"]
    assert faulty["fault"].startswith("builtins.ZeroDivisionError at test_logs_and_metrics:")
    assert "login:" in faulty["fault"]
    assert "fault" not in fine
    for told in (answer.text, log.read_text()):
        assert SECRET not in told


@pytest.fixture
def measured(tmp_path: Path) -> Iterator[RunningServer]:
    settings = {"WORKERS": "2", "METRICS_PORT": str(free_port())}
    with RunningServer(tmp_path / "data", settings) as server:
        yield server


def requests_counted(server: RunningServer) -> dict[tuple[str, str, str], float]:
    url = f"http://127.0.0.1:{server.settings['METRICS_PORT']}/metrics"
    families = text_string_to_metric_families(httpx.get(url, timeout=DEADLINE_SECONDS).text)
    return {
        (sample.labels["method"], sample.labels["route"], sample.labels["status"]): sample.value
        for family in families
        for sample in family.samples
        if sample.name == "taskward_http_requests_total"
    }


def test_metrics_add_up_over_all_workers(measured: RunningServer) -> None:
    with measured.crowd() as clients:
        before = requests_counted(measured)
        answers = [client.get("/readyz") for client in clients for _ in range(3)]
        answers += [client.get(f"/{SECRET}/{n}") for n, client in enumerate(clients)]
        answers += [client.request(f"X{n}", "/api/tasks") for n, client in enumerate(clients)]
        counted = requests_counted(measured)

    assert len({worker_of(answer) for answer in answers}) == 2
    assert counted.items() - before.items() == {
        (("GET", "/readyz", "200"), 60),
        (("GET", "none", "404"), 20),
        *((key, 20) for key in counted if key[0] == "other"),
    }
    assert len([key for key in counted if key[0] == "other"]) == 1


def test_metrics_outlive_a_worker(measured: RunningServer) -> None:
    with measured.crowd() as clients:
        for client in clients:
            client.get("/readyz")
    killed = measured.worker_pids[0]
    os.kill(killed, signal.SIGKILL)
    until(lambda: len(set(measured.worker_pids) - {killed}) == 2, "another worker is there")
    with measured.crowd() as clients:
        for client in clients:
            client.get("/readyz")

    assert requests_counted(measured)["GET", "/readyz", "200"] == 40


def test_metrics_are_off_unless_asked_for_and_never_on_the_apis_port(
    measured: RunningServer, anonymous: httpx.Client
) -> None:
    assert Settings.model_fields["metrics_port"].default is None
    assert anonymous.get("/metrics").status_code == 404
    with measured.client() as client:
        assert client.get("/metrics").status_code == 404
    assert requests_counted(measured)
