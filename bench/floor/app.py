"""The WSGI function."""

import os
import sqlite3
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from threading import local
from typing import Any

import orjson

from bench.floor import tokens

Answer = tuple[str, bytes]
Environ = dict[str, Any]

LIST = "SELECT number, name, is_completed, ts, version FROM tasks WHERE user_id = ? ORDER BY number"
ADD = """
    INSERT INTO tasks (user_id, number, name, is_completed, ts, version)
    SELECT ?, coalesce(max(number), 0) + 1, ?, ?, ?, 1 FROM tasks WHERE user_id = ?
    RETURNING number
"""
ROTATE = """
    UPDATE sessions SET generation = generation + 1, rotated_at = ?, idle_expires_at = ?
    WHERE user_id = ? AND id = ? AND generation = ? AND revoked_at IS NULL
"""


class Connection(local):
    """One a thread."""

    def __init__(self) -> None:
        database = os.environ["FLOOR_DATABASE"]
        self.execute = sqlite3.connect(database, isolation_level=None, timeout=5).execute
        self.execute("PRAGMA journal_mode = WAL")
        self.execute("PRAGMA synchronous = FULL")


connection = Connection()


def app(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
    try:
        status, body = ROUTES[environ["REQUEST_METHOD"], environ["PATH_INFO"]](environ)
    except tokens.BadTokenError:
        status, body = "401 Unauthorized", b"{}"
    start_response(
        status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    )
    return [body]


def list_tasks(environ: Environ) -> Answer:
    rows = connection.execute(LIST, (_user(environ),)).fetchall()
    return "200 OK", orjson.dumps([_task(*row) for row in rows])


def add_task(environ: Environ) -> Answer:
    user_id = _user(environ)
    sent = _body(environ)
    name, done, ts = sent["name"], sent["isCompleted"], _text(datetime.now(UTC))
    connection.execute("BEGIN IMMEDIATE")
    (number,) = connection.execute(ADD, (user_id, name, done, ts, user_id)).fetchone()
    connection.execute("COMMIT")
    return "201 Created", orjson.dumps(_task(number, name, done, ts, 1))


def refresh(environ: Environ) -> Answer:
    user_id, session_id, generation = tokens.verify_refresh(_body(environ)["refreshToken"])
    now = datetime.now(UTC)
    values = (_text(now), _text(now + timedelta(days=14)), user_id, session_id, generation)
    connection.execute("BEGIN IMMEDIATE")
    changed = connection.execute(ROTATE, values).rowcount
    connection.execute("COMMIT")
    if changed != 1:
        return "400 Bad Request", b"{}"
    answer = {
        "accessToken": tokens.sign(user_id),
        "refreshToken": tokens.sign_refresh(user_id, session_id, generation + 1),
        "tokenType": "Bearer",
        "expiresIn": tokens.LIFETIME,
        "userId": user_id,
    }
    return "200 OK", orjson.dumps(answer)


ROUTES: dict[tuple[str, str], Callable[[Environ], Answer]] = {
    ("GET", "/api/tasks"): list_tasks,
    ("POST", "/api/tasks"): add_task,
    ("POST", "/api/users/refresh_token"): refresh,
}


def _user(environ: Environ) -> int:
    return tokens.verify(environ.get("HTTP_AUTHORIZATION", "")[len("Bearer ") :])


def _body(environ: Environ) -> Any:
    return orjson.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))


def _task(number: int, name: str, is_completed: int, ts: str, version: int) -> dict[str, Any]:
    return {
        "id": number,
        "name": name,
        "isCompleted": bool(is_completed),
        "ts": ts.replace(".000000Z", "Z"),
        "version": version,
    }


def _text(time: datetime) -> str:
    return time.isoformat(timespec="microseconds")[:26] + "Z"
