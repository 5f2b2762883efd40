"""Where somebody is signed in, and how they end that."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from domain.throttle import account_at_known_address_key
from domain.user import EmailAddress
from tests.integration.http.addresses import client_at, new_address
from tests.integration.http.people import PASSWORD, Person, bearer, sign_up
from tests.integration.http.problems import assert_problem
from tests.integration.http.raw import connection, read_answer
from tests.integration.http.running_server import RunningServer
from tests.integration.http.storage import Storage

JUST_TOO_LONG = timedelta(minutes=16)
GRACE = timedelta(seconds=10)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1"
)


def log_in(client: httpx.Client, person: Person, **members: str) -> dict[str, Any]:
    body = {"email": person.email, "password": person.password, **members}
    answer = client.post("/api/users/login", json=body)
    assert answer.status_code == 200, answer.text
    tokens: dict[str, Any] = answer.json()
    return tokens


def listed(client: httpx.Client, tokens: dict[str, Any]) -> list[dict[str, Any]]:
    answer = client.get("/api/sessions", headers=bearer(tokens))
    assert answer.status_code == 200, answer.text
    sessions: list[dict[str, Any]] = answer.json()
    return sessions


def assert_ended(server: RunningServer, tokens: dict[str, Any]) -> None:
    """On every worker: each new connection may meet another one."""
    for _ in range(8):
        with server.client() as client:
            assert_problem(client.get("/api/tasks", headers=bearer(tokens)), 401, "A02")
            refreshed = client.post(
                "/api/users/refresh_token", json={"refreshToken": tokens["refreshToken"]}
            )
            assert_problem(refreshed, 400, "invalid_grant")


def assert_live(server: RunningServer, tokens: dict[str, Any]) -> None:
    for _ in range(4):
        with server.client() as client:
            assert client.get("/api/tasks", headers=bearer(tokens)).status_code == 200


class TestList:
    def test_says_where_one_is_signed_in_and_which_one_this_is(self, server: RunningServer) -> None:
        address = new_address()
        with server.client() as home, client_at(server, address) as away:
            person = sign_up(home)
            home.headers["User-Agent"] = FIREFOX
            away.headers["User-Agent"] = SAFARI
            here = log_in(home, person, clientLabel="Work laptop")
            there = log_in(away, person)

            newest, oldest = listed(home, here)

        assert newest["id"] == there["sessionId"]
        assert (newest["browser"], newest["system"]) == ("Mobile Safari", "iOS")
        assert (newest["label"], newest["address"], newest["isCurrent"]) == ("", address, False)
        assert oldest["id"] == here["sessionId"]
        assert (oldest["browser"], oldest["system"]) == ("Firefox", "Linux")
        assert (oldest["label"], oldest["isCurrent"]) == ("Work laptop", True)
        assert oldest["createdAt"] == oldest["lastUsedAt"] < newest["createdAt"]

    def test_tells_when_each_was_used_last_and_leaves_out_what_has_ended(
        self, anonymous: httpx.Client
    ) -> None:
        person = sign_up(anonymous)
        here, ended = log_in(anonymous, person), log_in(anonymous, person)
        anonymous.post("/api/users/logout", headers=bearer(ended))
        body = {"refreshToken": here["refreshToken"]}
        anonymous.post("/api/users/refresh_token", json=body)

        (session,) = listed(anonymous, here)

        assert session["id"] == here["sessionId"]
        assert session["lastUsedAt"] > session["createdAt"]

    def test_shows_nobody_elses(self, person: httpx.Client, stranger: httpx.Client) -> None:
        mine = person.get("/api/sessions").json()
        theirs = stranger.get("/api/sessions").json()

        assert len(mine) == len(theirs) == 1
        assert mine[0]["id"] != theirs[0]["id"]

    @pytest.mark.parametrize("label", ["x" * 101, "a\nb", "\x00", 7, ["x"]])
    def test_a_label_is_short_and_on_one_line(self, anonymous: httpx.Client, label: Any) -> None:
        person = sign_up(anonymous)

        answer = anonymous.post(
            "/api/users/login",
            json={"email": person.email, "password": PASSWORD, "clientLabel": label},
        )

        assert "clientLabel" in assert_problem(answer, 400, "L01")["error"]

    @pytest.mark.parametrize("user_agent", ["", "x" * 5000, "<script>alert(1)</script>", "(((("])
    def test_what_calls_itself_anything_is_listed_all_the_same(
        self, anonymous: httpx.Client, user_agent: str
    ) -> None:
        person = sign_up(anonymous)
        anonymous.headers["User-Agent"] = user_agent

        (session,) = listed(anonymous, log_in(anonymous, person))

        assert session["isCurrent"]
        assert "script" not in session["browser"] + session["system"]


class TestEnd:
    def test_one_of_ones_own_ends_on_every_worker_at_once(self, server: RunningServer) -> None:
        with server.client() as client:
            person = sign_up(client)
            here, there = log_in(client, person), log_in(client, person)

            answer = client.delete(f"/api/sessions/{there['sessionId']}", headers=bearer(here))

            assert (answer.status_code, answer.content) == (204, b"")
        assert_ended(server, there)
        assert_live(server, here)

    def test_all_others_end_on_every_worker_at_once(self, server: RunningServer) -> None:
        with server.client() as client:
            person, neighbour = sign_up(client), sign_up(client)
            here, *others = [log_in(client, person) for _ in range(4)]
            untouched = log_in(client, neighbour)

            answer = client.delete("/api/sessions", headers=bearer(here))

            assert (answer.status_code, answer.content) == (204, b"")
            assert [session["id"] for session in listed(client, here)] == [here["sessionId"]]
        for tokens in others:
            assert_ended(server, tokens)
        assert_live(server, here)
        assert_live(server, untouched)

    @pytest.mark.parametrize(
        ("request_line", "body"),
        [
            (b"POST /api/tasks", b'{"name":"late"}'),
            (b"PUT /api/tasks", b'{"id":1,"name":"late"}'),
            (b"PUT /api/users/info", b'{"firstName":"Late"}'),
        ],
    )
    def test_what_was_let_in_before_changes_nothing_when_its_body_comes_after(
        self, server: RunningServer, request_line: bytes, body: bytes
    ) -> None:
        with server.client() as client:
            person = sign_up(client)
            here, there = log_in(client, person), log_in(client, person)
            client.post("/api/tasks", json={"name": "early"}, headers=bearer(here))
            token = bearer(there)["Authorization"].encode()
            head = (
                b"%s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                b"Content-Length: %d\r\nExpect: 100-continue\r\nAuthorization: %s\r\n\r\n"
            ) % (request_line, len(body), token)
            with connection(server) as late:
                late.sendall(head)
                let_in = read_answer(late)
                client.post("/api/users/logout", headers=bearer(there))
                late.sendall(body)

                refused = read_answer(late)

            tasks = client.get("/api/tasks", headers=bearer(here)).json()
            name = client.get("/api/users/info", headers=bearer(here)).json()["firstName"]

        assert let_in.statuses == [100]
        assert refused.statuses == [401]
        assert [task["name"] for task in tasks] == ["early"]
        assert name != "Late"

    def test_another_users_is_as_little_there_as_none(
        self, server: RunningServer, anonymous: httpx.Client
    ) -> None:
        theirs = log_in(anonymous, sign_up(anonymous))
        mine = log_in(anonymous, sign_up(anonymous))
        ids = [theirs["sessionId"], "0" * 32, "x", "%00", theirs["sessionId"].upper()]

        answers = [anonymous.delete(f"/api/sessions/{id_}", headers=bearer(mine)) for id_ in ids]

        assert len({assert_problem(answer, 404, "N01")["error"] for answer in answers}) == 1
        assert_live(server, theirs)

    def test_one_that_has_ended_is_not_there(self, anonymous: httpx.Client) -> None:
        person = sign_up(anonymous)
        here, there = log_in(anonymous, person), log_in(anonymous, person)
        path = f"/api/sessions/{there['sessionId']}"

        first, second = [anonymous.delete(path, headers=bearer(here)) for _ in range(2)]

        assert first.status_code == 204
        assert_problem(second, 404, "N01")


class TestReauthentication:
    """The age of logins is shifted in the database, so these have a server of their own."""

    @pytest.fixture
    def later(self, serve: Callable[..., RunningServer]) -> RunningServer:
        return serve(LOGIN_FREE_ATTEMPTS_KNOWN_ADDRESS="3")

    def test_what_is_sensitive_needs_the_password_again_and_then_goes_through(
        self, later: RunningServer
    ) -> None:
        with later.client() as client:
            person = sign_up(client)
            here, there, other = (log_in(client, person) for _ in range(3))
            Storage(later).let_logins_age(JUST_TOO_LONG)
            path = f"/api/sessions/{there['sessionId']}"
            refused = [
                client.delete(path, headers=bearer(here)),
                client.delete("/api/sessions", headers=bearer(here)),
            ]

            given = give_password(client, here)
            passed = client.delete(path, headers=bearer(given.json()))
            Storage(later).let_sessions_last_shorter(GRACE)

        for answer in refused:
            assert_problem(answer, 403, "A03")
        assert given.status_code == 200
        assert passed.status_code == 204
        assert_ended(later, there)
        assert_ended(later, here)
        assert_live(later, given.json())
        assert_live(later, other)

    def test_a_wrong_password_opens_nothing_and_guessing_is_slowed_down(
        self, later: RunningServer
    ) -> None:
        with later.client() as client:
            person = sign_up(client)
            here = log_in(client, person)
            Storage(later).let_logins_age(JUST_TOO_LONG)

            guesses = [give_password(client, here, f"wrong {number}") for number in range(3)]
            own = account_at_known_address_key(EmailAddress(person.email), "127.0.0.1")
            Storage(later).postpone_attempts([own])
            refused = give_password(client, here, "wrong again")
            still = client.delete("/api/sessions", headers=bearer(here))

        for guess in guesses:
            assert_problem(guess, 403, "A04")
        assert_problem(refused, 429, "L05")
        assert_problem(still, 403, "A03")

    def test_a_lost_answer_is_asked_for_again_and_the_list_shows_no_session_twice(
        self, later: RunningServer
    ) -> None:
        with later.client() as client:
            here = log_in(client, sign_up(client))
            assert give_password(client, here).status_code == 200

            again = give_password(client, here)

            assert again.status_code == 200
            assert_live(later, again.json())
            shown = [session["id"] for session in listed(client, again.json())]
            assert here["sessionId"] not in shown

    def test_the_password_given_in_one_session_does_nothing_for_another(
        self, later: RunningServer
    ) -> None:
        with later.client() as client:
            person = sign_up(client)
            here, there = log_in(client, person), log_in(client, person)
            Storage(later).let_logins_age(JUST_TOO_LONG)

            assert give_password(client, here).status_code == 200

            assert_problem(client.delete("/api/sessions", headers=bearer(there)), 403, "A03")

    def test_ending_ones_own_session_needs_no_password(self, later: RunningServer) -> None:
        with later.client() as client:
            here = log_in(client, sign_up(client))
            Storage(later).let_logins_age(JUST_TOO_LONG)

            answer = client.delete(f"/api/sessions/{here['sessionId']}", headers=bearer(here))

        assert answer.status_code == 204
        assert_ended(later, here)


def give_password(
    client: httpx.Client, tokens: dict[str, Any], password: str = PASSWORD
) -> httpx.Response:
    body = {"password": password}
    return client.post("/api/users/reauthenticate", json=body, headers=bearer(tokens))
