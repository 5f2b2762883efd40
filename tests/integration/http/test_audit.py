"""What happened, to whom, when and from where: for the user, and for the operator."""

import json
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from adapters.persistence.tables import security_events
from tests.integration.http.addresses import client_at, new_address
from tests.integration.http.people import PASSWORD, Person, bearer, sign_up
from tests.integration.http.problems import assert_problem
from tests.integration.http.running_server import RunningServer, command, environment
from tests.integration.http.storage import Storage

Serve = Callable[..., RunningServer]
EVENTS = "/api/users/security-events"


def events_of(client: httpx.Client, tokens: dict[str, Any]) -> list[dict[str, Any]]:
    """Oldest first."""
    answer = client.get(EVENTS, headers=bearer(tokens))
    assert answer.status_code == 200, answer.text
    events: list[dict[str, Any]] = answer.json()["events"]
    return events[::-1]


def refresh(client: httpx.Client, tokens: dict[str, Any]) -> httpx.Response:
    return client.post("/api/users/refresh_token", json={"refreshToken": tokens["refreshToken"]})


def audit(server: RunningServer, *options: str) -> list[str]:
    run = subprocess.run(
        [*command(), "audit", *options],
        env=environment(server.data_dir, **server.settings),
        cwd=server.data_dir.parent,
        check=True,
        capture_output=True,
        text=True,
    )
    assert run.stderr == ""
    return run.stdout.splitlines()


class TestEvents:
    def test_tell_who_when_and_where(self, server: RunningServer) -> None:
        address, before = new_address(), datetime.now(UTC)
        with client_at(server, address) as client:
            client.headers["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Firefox/130.0"
            tokens = sign_up(client).log_in(client)

            (event,) = events_of(client, tokens)

        assert (event["kind"], event["sessionId"]) == ("logged_in", tokens["sessionId"])
        assert before <= datetime.fromisoformat(event["at"]) <= datetime.now(UTC)
        assert (event["address"], event["browser"]) == (address, "Firefox")
        assert event["system"] == "Linux"

    def test_there_is_one_for_whatever_matters(self, server: RunningServer) -> None:
        with client_at(server) as client:
            person = sign_up(client)
            here, *there = [person.log_in(client) for _ in range(4)]
            client.post("/api/users/login", json={"email": person.email, "password": "wrong"})
            client.post("/api/users/logout", headers=bearer(there[0]))
            client.delete(f"/api/sessions/{there[1]['sessionId']}", headers=bearer(here))
            change = {"newPassword": "another one", "confirmPassword": "another one"}
            changed = client.put(
                "/api/users/password",
                json={"currentPassword": PASSWORD, **change},
                headers=bearer(here),
            )

            events = events_of(client, here)

        assert changed.status_code == 204
        told = [(event["kind"], event["sessionId"], event["detail"]) for event in events]
        assert told[:4] == [("logged_in", t["sessionId"], "") for t in (here, *there)]
        assert told[4:7] == [
            ("login_failed", None, ""),
            ("session_ended", there[0]["sessionId"], "logout"),
            ("session_ended", there[1]["sessionId"], "logged_out_elsewhere"),
        ]
        assert sorted(told[7:]) == [
            ("password_changed", here["sessionId"], ""),
            ("session_ended", there[2]["sessionId"], "password_changed"),
        ]

    def test_a_stolen_token_that_is_used_is_told_to_its_owner(self, server: RunningServer) -> None:
        thief_address = new_address()
        with client_at(server) as owner, client_at(server, thief_address) as thief:
            person = sign_up(owner)
            stolen = person.log_in(owner)
            for tokens in (stolen, refresh(owner, stolen).json()):
                refresh(owner, tokens)

            assert_problem(refresh(thief, stolen), 400, "invalid_grant")
            reused = events_of(owner, person.log_in(owner))[-2]

        assert reused["kind"] == "refresh_token_reused"
        assert (reused["sessionId"], reused["address"]) == (stolen["sessionId"], thief_address)

    def test_a_refresh_leaves_none(self, server: RunningServer) -> None:
        with client_at(server) as client:
            tokens = sign_up(client).log_in(client)
            newest = tokens
            for _ in range(5):
                newest = refresh(client, newest).json()

            assert len(events_of(client, newest)) == 1

    def test_nobody_sees_those_of_another(
        self, person: httpx.Client, stranger: httpx.Client
    ) -> None:
        mine, theirs = (client.get(EVENTS).json()["events"] for client in (person, stranger))

        assert len(mine) == len(theirs) == 1
        assert mine[0]["id"] != theirs[0]["id"]


class TestPages:
    @pytest.fixture
    def logins(self, anonymous: httpx.Client) -> list[str]:
        """The ids of the sessions that somebody began, newest first; the client is theirs then."""
        person = sign_up(anonymous)
        tokens = [person.log_in(anonymous) for _ in range(7)]
        anonymous.headers.update(bearer(tokens[0]))
        return [each["sessionId"] for each in tokens[::-1]]

    def test_follow_each_other_without_gap_or_overlap(
        self, anonymous: httpx.Client, logins: list[str]
    ) -> None:
        pages, parameters = [], {"limit": "3"}
        for _ in range(3):
            page = anonymous.get(EVENTS, params=parameters).json()
            pages.append([event["sessionId"] for event in page["events"]])
            parameters["before"] = page["next"]

        assert pages == [logins[:3], logins[3:6], logins[6:]]
        assert page["next"] is None

    @pytest.mark.parametrize(
        "parameters",
        [
            "limit=0",
            "limit=201",
            "limit=-1",
            "limit=x",
            "limit=1.0",
            "limit=",
            "limit=%D9%A3",
            "before=",
            "before=yesterday",
            "before=-1-" + "0" * 32,
            "before=100000000000000000-" + "0" * 32,
            "before=1-" + "0" * 31,
            "limit=5&limit=6",
            "limit=5,6",
        ],
    )
    def test_what_is_no_page_is_refused(self, person: httpx.Client, parameters: str) -> None:
        assert_problem(person.get(f"{EVENTS}?{parameters}"), 400, "E01")

    def test_before_the_first_there_is_nothing(self, person: httpx.Client) -> None:
        beginning = "0-" + "0" * 32

        page = person.get(EVENTS, params={"before": beginning}).json()

        assert page == {"events": [], "next": None}


class TestRetention:
    def test_at_a_start_what_is_older_than_the_setting_goes(self, serve: Serve) -> None:
        server = serve(AUDIT_DAYS="30")
        with server.client() as client:
            person = sign_up(client)
            person.log_in(client)
            Storage(server).let_security_events_age(timedelta(days=29))
            person.log_in(client)
            Storage(server).let_security_events_age(timedelta(days=2))
            assert len(stored(server)) == 2

        server.stop()
        server.start()

        (kept,) = stored(server)
        assert datetime.now(UTC) - kept < timedelta(days=3)


class TestOperator:
    @pytest.fixture
    def busy(self, serve: Serve) -> tuple[RunningServer, Person, list[dict[str, Any]]]:
        server = serve()
        with server.client() as client:
            client.headers["User-Agent"] = "curl/8 \x9b31m"
            person = sign_up(client)
            tokens = [person.log_in(client) for _ in range(3)]
            body = {"email": "nobody@example.org", "password": "a secret typed by mistake"}
            client.post("/api/users/login", json=body)
        return server, person, tokens

    def test_reads_those_of_everybody(
        self, busy: tuple[RunningServer, Person, list[dict[str, Any]]]
    ) -> None:
        server, _, tokens = busy

        events = [json.loads(line) for line in audit(server, "--json")]

        assert [event["kind"] for event in events] == ["login_failed"] + ["logged_in"] * 3
        assert events[0]["userId"] is None
        assert [event["sessionId"] for event in events[1:]] == [
            each["sessionId"] for each in tokens[::-1]
        ]
        assert events[1]["userId"] == tokens[0]["userId"]
        assert events[1]["address"] == "127.0.0.1"

    def test_reads_them_as_lines_that_cannot_steer_a_terminal(
        self, busy: tuple[RunningServer, Person, list[dict[str, Any]]]
    ) -> None:
        server, person, tokens = busy

        lines = audit(server, "--limit", "2")

        assert len(lines) == 2
        assert "login_failed" in lines[0]
        assert "nobody known" in lines[0]
        assert f"user {tokens[0]['userId']}" in lines[1]
        assert all(line.isprintable() and line.isascii() for line in lines)
        assert person.email not in "".join(lines)

    def test_finds_no_secret_in_them(
        self, busy: tuple[RunningServer, Person, list[dict[str, Any]]]
    ) -> None:
        server, _, tokens = busy

        told = "".join([*audit(server, "--json"), *audit(server)])

        assert "typed by mistake" not in told
        assert PASSWORD not in told
        for each in tokens:
            assert each["refreshToken"] not in told

    def test_sees_when_keys_were_rotated_and_accounts_deleted(
        self, busy: tuple[RunningServer, Person, list[dict[str, Any]]]
    ) -> None:
        server, _, tokens = busy
        env = environment(server.data_dir, **server.settings)
        subprocess.run([*command(), "keys", "rotate"], env=env, check=True, capture_output=True)
        with server.client() as client:
            client.post(
                "/api/users/delete_account", json={"password": PASSWORD}, headers=bearer(tokens[0])
            )

        events = [json.loads(line) for line in audit(server, "--json")]

        assert [event["kind"] for event in events] == [
            "account_deleted",
            "keys_rotated",
            "login_failed",
        ]
        assert events[0]["userId"] == tokens[0]["userId"]
        assert (events[0]["address"], events[0]["userAgent"]) == ("", "")

    def test_reads_more_than_one_page(self, serve: Serve) -> None:
        server = serve(LOGIN_FREE_ATTEMPTS="1000", LOGIN_FREE_ATTEMPTS_PER_ADDRESS="1000")
        body = {"email": "nobody@example.org", "password": "x"}
        with server.client() as client:
            for _ in range(205):
                assert client.post("/api/users/login", json=body).status_code == 401

        ids = [json.loads(line)["id"] for line in audit(server, "--json", "--limit", "203")]

        assert len(set(ids)) == len(ids) == 203


def stored(server: RunningServer) -> list[datetime]:
    rows = Storage(server).rows(select(security_events.c.at).order_by(security_events.c.at))
    return [at for (at,) in rows]
