"""An authenticator app, and somebody who has one."""

from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
from sqlalchemy import update

from adapters.persistence.tables import second_factors
from tests.authenticator_app import shown_at
from tests.integration.http.people import Person
from tests.integration.http.running_server import RunningServer, until
from tests.integration.http.storage import Storage


@dataclass
class Authenticator:
    secret: str

    def code(self, _shown: str = "") -> str:
        """What it shows now."""
        return shown_at(self.secret, datetime.now(UTC))


@dataclass
class Careful:
    """Somebody whose logins take a code."""

    email: str
    app: Authenticator
    recovery_codes: list[str]


def add_second_factor(server: RunningServer, person: Person) -> Careful:
    """As if it had been added a while ago: the app's present code has not been used."""
    login = {"email": person.email, "password": person.password}
    with server.client() as client:
        made = client.post("/api/users/second-factor", json=login).json()
        app = Authenticator(made["secret"])
        # A code may be over before it arrives: then the next one is good.
        until(lambda: _is_accepted(client, {**login, "code": app.code()}), "a code is accepted")
    Storage(server).run(update(second_factors).values(last_step=0))
    return Careful(person.email, app, made["recoveryCodes"])


def _is_accepted(client: httpx.Client, login: dict[str, str]) -> bool:
    return client.post("/api/users/login", json=login).status_code == 200
