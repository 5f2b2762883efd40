"""Schemathesis asks all that the description of the API allows, and much that it does not."""

import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from entrypoints.http.openapi import PATH
from tests.integration.http.people import Person, sign_up
from tests.integration.http.running_server import RunningServer

HERE = Path(__file__).parent / "schemathesis"

# Each guess of a password counts, and there are many.
PATIENT = {
    "LOGIN_FREE_ATTEMPTS": "1000",
    "LOGIN_FREE_ATTEMPTS_KNOWN_ADDRESS": "10000",
    "LOGIN_FREE_ATTEMPTS_PER_ADDRESS": "100000",
}
# Nobody can make up a password to delete an account with; the faults of the others are tried, too.
REACHED = {
    ("POST", "/api/users/signup", 201),
    ("POST", "/api/users/login", 200),
    ("POST", "/api/users/refresh_token", 200),
    ("POST", "/api/users/logout", 204),
    ("POST", "/api/users/reauthenticate", 200),
    ("PUT", "/api/users/password", 204),
    ("GET", "/api/users/second-factor", 200),
    ("POST", "/api/users/second-factor", 201),
    ("GET", "/api/users/info", 200),
    ("PUT", "/api/users/info", 200),
    ("GET", "/api/users/export", 200),
    ("GET", "/api/users/security-events", 200),
    ("GET", "/api/sessions", 200),
    ("DELETE", "/api/sessions", 204),
    ("DELETE", "/api/sessions/{session_id}", 204),
    ("GET", "/api/tasks", 200),
    ("POST", "/api/tasks", 201),
    ("PUT", "/api/tasks", 200),
    ("GET", "/api/tasks/{number}", 200),
    ("DELETE", "/api/tasks/{number}", 204),
}


def people_file(folder: Path, people: dict[str, Person]) -> Path:
    """How Schemathesis signs each of them in (Web Fuzzing Commons)."""
    token = {
        "extractFrom": "body",
        "extractSelector": "/accessToken",
        "sendIn": "header",
        "sendName": "Authorization",
        "sendTemplate": "Bearer {token}",
    }
    auth = [
        {
            "name": name,
            "loginEndpointAuth": {
                "verb": "POST",
                "endpoint": "/api/users/login",
                "contentType": "application/json",
                "payloadUserPwd": {
                    "username": person.email,
                    "usernameField": "email",
                    "password": person.password,
                    "passwordField": "password",
                },
                "token": token,
            },
        }
        for name, person in people.items()
    ]
    file = folder / "people.json"
    file.write_text(json.dumps({"auth": auth}))
    return file


def examine(server: RunningServer, folder: Path) -> subprocess.CompletedProcess[str]:
    with server.client() as client:
        people = {"ada": sign_up(client), "bob": sign_up(client)}
    variables = {
        "SCHEMATHESIS_PEOPLE_FILE": str(people_file(folder, people)),
        "SCHEMATHESIS_HOOKS_FILE": str(HERE / "hooks.py"),
        "SCHEMATHESIS_EMAIL": people["ada"].email,
        "SCHEMATHESIS_PASSWORD": people["ada"].password,
    }
    program = Path(sys.executable).with_name("schemathesis")
    settings = HERE / "settings.toml"
    return subprocess.run(
        [program, "--config-file", settings, "run", f"{server.base_url}{PATH}"],
        env=os.environ | variables,
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
    )


def statuses_by_call(lines: Iterable[str]) -> dict[tuple[str, str], set[int]]:
    answered = defaultdict(set)
    for line in lines:
        if line.startswith("{"):
            entry: dict[str, Any] = json.loads(line)
            answered[entry["method"], entry["route"]].add(entry["status"])
    return answered


def test_whatever_it_sends_is_answered_as_described(
    serve_sqlite: Callable[..., RunningServer], tmp_path: Path
) -> None:
    server = serve_sqlite(WORKERS="1", LOG_FORMAT="json", **PATIENT)

    done = examine(server, tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr
    answered = statuses_by_call(server.lines)
    assert {call for call in REACHED if call[2] not in answered[call[:2]]} == set()
    assert not [line for line in server.lines if '"fault"' in line]
