"""Setting a password by a link that the operator has made."""

from typing import Any

import httpx
import pytest
from sqlalchemy import select

from adapters.persistence.tables import password_resets
from domain.throttle import password_reset_key
from tests.integration.http.addresses import client_at, new_address
from tests.integration.http.people import PASSWORD, Person, bearer, sign_up
from tests.integration.http.problems import assert_problem
from tests.integration.http.running_server import RunningServer, run
from tests.integration.http.storage import Storage
from tests.integration.http.test_sessions import assert_ended

NEW = "another good one"


def made_link(server: RunningServer, person: Person) -> str:
    """The token in a link that the operator makes."""
    made = run(
        server.data_dir, "users", "set-password-link", person.email, settings=server.settings
    )
    assert made.returncode == 0, made.stderr
    return made.stdout.strip().rpartition("/")[2]


def reset(client: httpx.Client, token: str, **members: Any) -> httpx.Response:
    body = {"token": token, "password": NEW, "confirmPassword": NEW, **members}
    return client.post("/api/users/reset_password", json=body)


class TestTheLink:
    def test_sets_the_password_once_and_ends_every_session(self, server: RunningServer) -> None:
        with client_at(server) as client:
            person = sign_up(client)
            sessions = [person.log_in(client) for _ in range(2)]
            token = made_link(server, person)

            answer = reset(client, token)

            assert (answer.status_code, answer.content) == (204, b"")
            for tokens in sessions:
                assert_ended(server, tokens)
            again = reset(client, token, password=PASSWORD, confirmPassword=PASSWORD)
            assert_problem(again, 400, "P01")
            old = {"email": person.email, "password": PASSWORD}
            assert_problem(client.post("/api/users/login", json=old), 401, "L02")
            Person(person.email, NEW).log_in(client)

    def test_is_told_to_the_user_with_what_it_did(self, server: RunningServer) -> None:
        with client_at(server) as client:
            person = sign_up(client)
            person.log_in(client)
            reset(client, made_link(server, person))

            own = bearer(Person(person.email, NEW).log_in(client))
            page = client.get("/api/users/security-events", headers=own).json()

        told = [(event["kind"], event["detail"]) for event in page["events"]]
        assert sorted(told) == [
            ("logged_in", ""),
            ("logged_in", ""),
            ("password_link_made", ""),
            ("password_reset", ""),
            ("session_ended", "password_reset"),
        ]

    def test_is_not_in_the_database(self, server: RunningServer) -> None:
        with client_at(server) as client:
            token = made_link(server, sign_up(client))

        stored = Storage(server).rows(select(password_resets))
        assert stored
        assert token not in repr(Storage(server).tables())

    @pytest.mark.parametrize(
        ("members", "status", "code"),
        [
            ({"confirmPassword": "something else"}, 422, "S03"),
            ({"password": "short", "confirmPassword": "short"}, 422, "S04"),
            ({"password": "password123", "confirmPassword": "password123"}, 422, "S04"),
            ({"password": None}, 400, "L01"),
            ({"isAdmin": True}, 400, "L01"),
        ],
    )
    def test_is_not_used_up_by_what_is_refused(
        self, server: RunningServer, members: dict[str, Any], status: int, code: str
    ) -> None:
        with client_at(server) as client:
            token = made_link(server, sign_up(client))

            assert_problem(reset(client, token, **members), status, code)

            assert reset(client, token).status_code == 204

    @pytest.mark.parametrize("token", ["", "x", "\x00", "A" * 43, "🦉", "x" * 60_000])
    def test_that_nobody_made_is_refused(self, server: RunningServer, token: str) -> None:
        with client_at(server) as client:
            assert_problem(reset(client, token), 400, "P01")

    def test_that_is_guessed_at_is_slowed_down_for_the_network(self, server: RunningServer) -> None:
        address = new_address()
        with client_at(server, address) as guesser, client_at(server) as other:
            person = sign_up(guesser)
            token = made_link(server, person)

            answers = [reset(guesser, f"guess {number}") for number in range(50)]
            Storage(server).postpone_attempts([password_reset_key(address)])
            refused = reset(guesser, "guess again")

            assert {answer.status_code for answer in answers} == {400}
            assert_problem(refused, 429, "P02")
            assert int(refused.headers["Retry-After"]) >= 1
            assert_problem(reset(other, "guess"), 400, "P01")
            assert reset(guesser, token).status_code == 204
