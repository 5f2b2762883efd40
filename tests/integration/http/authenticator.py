"""An authenticator app, as a test needs one."""

import hmac
import sqlite3
import struct
from base64 import b32decode
from contextlib import closing
from dataclasses import dataclass, field
from time import time

from tests.integration.http.people import Person
from tests.integration.http.running_server import RunningServer, until

STEP_SECONDS = 30
LONG_ENOUGH = 5
"""Seconds in which a test has typed a code."""


@dataclass
class Authenticator:
    secret: str
    recovery_codes: list[str] = field(default_factory=list)

    def code(self) -> str:
        """The code of now (RFC 6238), when it is not about to change."""
        until(lambda: time() % STEP_SECONDS < STEP_SECONDS - LONG_ENOUGH, "a code has come")
        counter = struct.pack(">Q", int(time()) // STEP_SECONDS)
        mac = hmac.digest(b32decode(self.secret), counter, "sha1")
        offset = mac[-1] & 15
        (number,) = struct.unpack(">I", mac[offset : offset + 4])
        return f"{(number & 0x7FFFFFFF) % 1_000_000:06}"


def enrol(server: RunningServer, person: Person) -> Authenticator:
    """The app of somebody who has set up a second factor, longer ago than a code lasts."""
    account = {"email": person.email, "password": person.password}
    with server.client() as client:
        pending = client.post("/api/users/second-factor", json=account).json()
        app = Authenticator(pending["secret"], pending["recoveryCodes"])
        answer = client.post("/api/users/login", json=account | {"code": app.code()})
        assert answer.status_code == 200, answer.text
    forget_codes_used(server, answer.json()["userId"])
    return app


def forget_codes_used(server: RunningServer, user_id: int) -> None:
    """As time does."""
    with closing(sqlite3.connect(server.data_dir / "taskward.db")) as connection, connection:
        connection.execute("UPDATE second_factors SET last_step = 0 WHERE user_id = ?", [user_id])
