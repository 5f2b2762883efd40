"""The WSGI function."""

import os
import secrets
import sqlite3
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from threading import local
from typing import Any

import orjson
from nacl import pwhash
from nacl.exceptions import InvalidkeyError

from bench.floor import tokens

Answer = tuple[str, bytes]
Environ = dict[str, Any]

LIST = "SELECT number, name, is_completed, ts, version FROM tasks WHERE user_id = ? ORDER BY number"
ADD = """
    INSERT INTO tasks (user_id, number, name, is_completed, ts, version)
    SELECT ?, coalesce(max(number), 0) + 1, ?, ?, ?, 1 FROM tasks WHERE user_id = ?
    RETURNING number
"""
PASSWORD_HASH = "SELECT id, password_hash FROM users WHERE email = ?"
BEGIN_SESSION = """
    INSERT INTO sessions (user_id, id, secret_hash, generation, created_at, authenticated_at,
      rotated_at, idle_expires_at, expires_at, client_label, user_agent, ip_address, grace_hits)
    VALUES (?, ?, x'', 0, ?, ?, ?, ?, ?, '', '', '', 0)
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
    return _tokens(user_id, session_id, generation + 1)


def login(environ: Environ) -> Answer:
    sent = _body(environ)
    user_id, password_hash = connection.execute(PASSWORD_HASH, (sent["email"],)).fetchone()
    try:
        pwhash.verify(password_hash.encode(), sent["password"].encode())
    except InvalidkeyError:
        return "401 Unauthorized", b"{}"
    session_id, now = secrets.token_bytes(16), datetime.now(UTC)
    at, end = _text(now), _text(now + timedelta(days=14))
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(BEGIN_SESSION, (user_id, session_id, at, at, at, end, end))
    connection.execute("COMMIT")
    return _tokens(user_id, session_id, 0)


ROUTES: dict[tuple[str, str], Callable[[Environ], Answer]] = {
    ("GET", "/api/tasks"): list_tasks,
    ("POST", "/api/tasks"): add_task,
    ("POST", "/api/users/refresh_token"): refresh,
    ("POST", "/api/users/login"): login,
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


def _tokens(user_id: int, session_id: bytes, generation: int) -> Answer:
    answer = {
        "accessToken": tokens.sign(user_id),
        "refreshToken": tokens.sign_refresh(user_id, session_id, generation),
        "tokenType": "Bearer",
        "expiresIn": tokens.LIFETIME,
        "userId": user_id,
    }
    return "200 OK", orjson.dumps(answer)


def _text(time: datetime) -> str:
    return time.isoformat(timespec="microseconds")[:26] + "Z"
