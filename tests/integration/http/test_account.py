"""Changing the password, deleting the account, and taking all of it along."""

import base64
import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import Column, select

from adapters.persistence.tables import metadata, sessions, users
from tests.integration.http.addresses import client_at
from tests.integration.http.people import PASSWORD, Person, bearer, sign_up, signup_body
from tests.integration.http.problems import assert_problem
from tests.integration.http.running_server import RunningServer
from tests.integration.http.storage import Storage
from tests.integration.http.test_sessions import assert_ended, assert_live

NEW = "another good one"
NOT_TOLD = {
    "password_hash",
    "secret_hash",
    "last_number",  # of the tasks ever added, ...
    "revision",  # ... and how often they changed
}


def change(client: httpx.Client, tokens: dict[str, Any], **members: Any) -> httpx.Response:
    body = {"currentPassword": PASSWORD, "newPassword": NEW, "confirmPassword": NEW, **members}
    return client.put("/api/users/password", json=body, headers=bearer(tokens))


def delete_account(
    client: httpx.Client, tokens: dict[str, Any], password: str = PASSWORD
) -> httpx.Response:
    body = {"password": password}
    return client.post("/api/users/delete_account", json=body, headers=bearer(tokens))


class TestPasswordChange:
    def test_ends_all_other_sessions_at_once_and_ones_own_goes_on(
        self, server: RunningServer
    ) -> None:
        with server.client() as client:
            person = sign_up(client)
            here, *others = [person.log_in(client) for _ in range(3)]

            answer = change(client, here)

            assert (answer.status_code, answer.content) == (204, b"")
            rotated = client.post(
                "/api/users/refresh_token", json={"refreshToken": here["refreshToken"]}
            )
            assert rotated.status_code == 200
        for tokens in others:
            assert_ended(server, tokens)
        assert_live(server, here)

    def test_from_then_on_only_the_new_one_opens(self, server: RunningServer) -> None:
        with client_at(server) as client:
            person = sign_up(client)
            change(client, person.log_in(client))

            old = client.post(
                "/api/users/login", json={"email": person.email, "password": PASSWORD}
            )

            assert_problem(old, 401, "L02")
            Person(person.email, NEW).log_in(client)

    @pytest.mark.parametrize(
        ("members", "status", "code"),
        [
            ({"currentPassword": "not this one"}, 403, "A04"),
            ({"confirmPassword": "something else"}, 422, "S03"),
            ({"newPassword": "short", "confirmPassword": "short"}, 422, "S04"),
            ({"newPassword": "password123", "confirmPassword": "password123"}, 422, "S04"),
            ({"newPassword": "x" * 129, "confirmPassword": "x" * 129}, 422, "S04"),
            ({"newPassword": None}, 400, "L01"),
            ({"isAdmin": True}, 400, "L01"),
        ],
    )
    def test_one_that_is_refused_changes_nothing(
        self, server: RunningServer, members: dict[str, Any], status: int, code: str
    ) -> None:
        with client_at(server) as client:
            person = sign_up(client)
            here, there = person.log_in(client), person.log_in(client)

            assert_problem(change(client, here, **members), status, code)

            assert_live(server, there)
            person.log_in(client)

    def test_ones_own_email_address_is_no_password(self, server: RunningServer) -> None:
        with client_at(server) as client:
            person = sign_up(client)
            own = {"newPassword": person.email, "confirmPassword": person.email}

            assert_problem(change(client, person.log_in(client), **own), 422, "S04")


class TestDeletion:
    def test_leaves_nothing_behind_but_that_it_happened(self, server: RunningServer) -> None:
        with client_at(server) as client:
            person = sign_up(client, firstName="Wilhelmina", lastName="Grünspan")
            tokens = person.log_in(client)
            user_id = tokens["userId"]
            client.post("/api/tasks", json={"name": "Secret errand"}, headers=bearer(tokens))
            client.post("/api/users/login", json={"email": person.email, "password": "wrong"})

            answer = delete_account(client, tokens)

        assert (answer.status_code, answer.content) == (204, b"")
        assert answer.headers["Clear-Site-Data"] == '"cache"'
        stored = Storage(server).tables()
        (event,) = [row for row in stored["security_events"] if user_id in row]
        assert event[3:] == ("account_deleted", None, "", "", "", "")
        del stored["security_events"]
        rows = [row for table in stored.values() for row in table]
        assert not any(user_id in row for row in rows)
        everything = repr(rows)
        for trace in (person.email, "Wilhelmina", "Grünspan", "Secret errand"):
            assert trace not in everything

    def test_ends_every_session_on_every_worker_at_once(self, server: RunningServer) -> None:
        with server.client() as client:
            person = sign_up(client)
            here, there = person.log_in(client), person.log_in(client)

            delete_account(client, here)

        assert_ended(server, here)
        assert_ended(server, there)

    def test_leaves_the_email_address_free_for_somebody_who_begins_with_nothing(
        self, server: RunningServer
    ) -> None:
        with client_at(server) as client:
            person = sign_up(client)
            before = person.log_in(client)
            client.post("/api/tasks", json={"name": "x"}, headers=bearer(before))
            delete_account(client, before)

            again = client.post("/api/users/signup", json=signup_body(person.email))
            after = person.log_in(client)

            assert again.status_code == 201
            assert after["userId"] != before["userId"]
            assert client.get("/api/tasks", headers=bearer(after)).json() == []

    def test_needs_the_password_and_harms_nobody_else(self, server: RunningServer) -> None:
        with client_at(server) as client:
            person, neighbour = sign_up(client), sign_up(client)
            tokens, theirs = person.log_in(client), neighbour.log_in(client)

            assert_problem(delete_account(client, tokens, "a guess"), 403, "A04")
            assert_live(server, tokens)
            assert delete_account(client, tokens).status_code == 204

        assert_live(server, theirs)


class TestExport:
    def test_holds_all_that_is_stored_of_the_user(self, server: RunningServer) -> None:
        with client_at(server) as client:
            person = sign_up(client, firstName="Zoë")
            tokens = person.log_in(client)
            ended = person.log_in(client)
            client.post("/api/users/logout", headers=bearer(ended))
            task = client.post("/api/tasks", json={"name": "✓ done"}, headers=bearer(tokens))

            answer = client.get("/api/users/export", headers=bearer(tokens))

        assert answer.headers["Content-Disposition"] == 'attachment; filename="taskward.json"'
        export = answer.json()
        assert export["user"]["email"] == person.email
        assert export["user"]["firstName"] == "Zoë"
        assert export["tasks"] == [task.json()]
        assert {session["id"] for session in export["sessions"]} == {
            tokens["sessionId"],
            ended["sessionId"],
        }
        reasons = {session["revocationReason"] for session in export["sessions"]}
        assert reasons == {None, "logout"}
        kinds = [event["kind"] for event in export["securityEvents"]]
        assert sorted(kinds) == ["logged_in", "logged_in", "session_ended"]

    def test_holds_each_value_that_is_stored(self, server: RunningServer) -> None:
        with client_at(server) as client:
            person = sign_up(client, lastName="Mertens")
            wrong = {"email": person.email, "password": "wrong"}
            agent = {"User-Agent": "an agent that began no session"}
            client.post("/api/users/login", json=wrong, headers=agent)
            body = {"email": person.email, "password": PASSWORD, "clientLabel": "a label"}
            tokens = client.post("/api/users/login", json=body).json()
            client.post("/api/tasks", json={"name": "x"}, headers=bearer(tokens))
            client.post("/api/users/logout", headers=bearer(person.log_in(client)))

            export = client.get("/api/users/export", headers=bearer(tokens)).json()

        told = set(_values(export))
        left_out = {
            f"{column} = {value!r}"
            for column, value in _stored_of(server, tokens["userId"])
            if value not in told and column.name not in NOT_TOLD
        }
        assert left_out == set()

    def test_holds_nothing_of_others(self, person: httpx.Client, stranger: httpx.Client) -> None:
        stranger.post("/api/tasks", json={"name": "Nobody else's business"})
        whose = stranger.get("/api/users/info").json()

        export = person.get("/api/users/export").text

        assert whose["email"] not in export
        assert str(whose["userId"]) not in export
        assert "Nobody else's business" not in export

    def test_holds_no_secret_in_any_spelling(self, server: RunningServer) -> None:
        with client_at(server) as client:
            tokens = sign_up(client).log_in(client)
            user_id = tokens["userId"]

            export = client.get("/api/users/export", headers=bearer(tokens)).text

        storage = Storage(server)
        ((password_hash,),) = storage.rows(
            select(users.c.password_hash).where(users.c.id == user_id)
        )
        ((secret_hash,),) = storage.rows(
            select(sessions.c.secret_hash).where(sessions.c.user_id == user_id)
        )
        for secret in (
            password_hash,
            password_hash.rpartition("$")[2],
            secret_hash.hex(),
            base64.b64encode(secret_hash).decode(),
            base64.urlsafe_b64encode(secret_hash).decode().rstrip("="),
            tokens["accessToken"],
            tokens["refreshToken"],
        ):
            assert secret not in export
        assert not {"passwordHash", "secretHash"} & _member_names(json.loads(export))


def _stored_of(server: RunningServer, user_id: int) -> Iterator[tuple[Column[Any], Any]]:
    """Whatever is in a row of the user's, as it is told in JSON."""
    for table in metadata.sorted_tables:
        owner = table.c.id if table is users else table.c.get("user_id")
        if owner is None:
            continue
        for column in table.c:
            given = select(column).where(owner == user_id, column.is_not(None))
            for (value,) in Storage(server).rows(given):
                yield column, value.hex() if isinstance(value, bytes) else value


def _values(document: Any) -> Iterator[Any]:
    if isinstance(document, (dict, list)):
        for part in document.values() if isinstance(document, dict) else document:
            yield from _values(part)
        return
    yield document
    with suppress(TypeError, ValueError):
        yield datetime.fromisoformat(document)


def _member_names(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*map(_member_names, value.values()))
    if isinstance(value, list):
        return set().union(*map(_member_names, value))
    return set()
