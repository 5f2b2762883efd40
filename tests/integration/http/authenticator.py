"""Somebody's authenticator app, and what they have kept beside it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import time

from sqlalchemy import update

from adapters.persistence.tables import second_factors
from tests.authenticator_app import shown_at
from tests.integration.http.people import Person
from tests.integration.http.running_server import RunningServer, until
from tests.integration.http.storage import Storage

STEP_SECONDS = 30
LONG_ENOUGH = 10
"""Seconds in which a test has typed a code."""


@dataclass
class Authenticator:
    secret: str
    recovery_codes: list[str] = field(default_factory=list)
    email: str = ""
    user_id: int = 0

    def code(self, _shown: str = "") -> str:
        """The code of now, when it is not about to change."""
        until(lambda: time() % STEP_SECONDS < STEP_SECONDS - LONG_ENOUGH, "a code has come")
        return shown_at(self.secret, datetime.now(UTC))


def enrol(server: RunningServer, person: Person) -> Authenticator:
    """The app of somebody who has set up a second factor, longer ago than a code lasts."""
    account = {"email": person.email, "password": person.password}
    with server.client() as client:
        pending = client.post("/api/users/second-factor", json=account).json()
        app = Authenticator(pending["secret"], pending["recoveryCodes"], person.email)
        answer = client.post("/api/users/login", json=account | {"code": app.code()})
    assert answer.status_code == 200, answer.text
    app.user_id = answer.json()["userId"]
    of_the_user = second_factors.c.user_id == app.user_id
    Storage(server).run(update(second_factors).where(of_the_user).values(last_step=0))
    return app
