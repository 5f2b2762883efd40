"""Every call of the API, against a real server on each database."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from entrypoints.http.schemas import TokenAnswer
from tests.integration.http.people import PASSWORD, bearer, sign_up, signup_body
from tests.integration.http.problems import assert_problem

REFRESH = "/api/users/refresh_token"


class TestSignup:
    def test_answers_the_users_id_and_the_address_as_it_is_stored(
        self, anonymous: httpx.Client
    ) -> None:
        answer = anonymous.post("/api/users/signup", json=signup_body("  New@Example.ORG "))

        assert answer.status_code == 201
        assert answer.json()["email"] == "new@example.org"
        assert 0 < answer.json()["userId"] < 2**53

    @pytest.mark.parametrize(
        ("change", "status", "code"),
        [
            ({"email": "nobody"}, 400, "S01"),
            ({"email": "a b@example.org"}, 400, "S01"),
            ({"firstName": " "}, 400, "S01"),
            ({"lastName": "x" * 101}, 400, "S01"),
            ({"ts": "yesterday"}, 400, "S01"),
            ({"password": None}, 400, "S01"),
            ({"password": 12345678}, 400, "S01"),
            ({"isAdmin": True}, 400, "S01"),
            ({"confirmPassword": "another password"}, 422, "S03"),
            ({"password": "short", "confirmPassword": "short"}, 422, "S04"),
            ({"password": "x" * 129, "confirmPassword": "x" * 129}, 422, "S04"),
            ({"password": "PassWord123", "confirmPassword": "PassWord123"}, 422, "S04"),
        ],
    )
    def test_refuses_what_is_invalid_with_its_code(
        self, anonymous: httpx.Client, change: dict[str, Any], status: int, code: str
    ) -> None:
        answer = anonymous.post("/api/users/signup", json=signup_body("x@example.org", **change))

        assert_problem(answer, status, code)

    def test_refuses_an_address_that_is_taken_in_any_spelling(
        self, anonymous: httpx.Client
    ) -> None:
        person = sign_up(anonymous)

        answer = anonymous.post("/api/users/signup", json=signup_body(person.email.upper()))

        assert_problem(answer, 422, "S02")

    @pytest.mark.parametrize("missing", ["email", "password", "confirmPassword", "firstName"])
    def test_names_the_member_that_is_missing(self, anonymous: httpx.Client, missing: str) -> None:
        body = signup_body("x@example.org")
        del body[missing]

        problem = assert_problem(anonymous.post("/api/users/signup", json=body), 400, "S01")

        assert f'"{missing}"' in problem["error"]


class TestLogin:
    def test_answers_tokens_and_who_logged_in(self, anonymous: httpx.Client) -> None:
        person = sign_up(anonymous)

        tokens = person.log_in(anonymous)

        assert set(tokens) == TokenAnswer.__annotations__.keys()
        assert (tokens["tokenType"], tokens["expiresIn"]) == ("Bearer", 900)
        assert tokens["refreshToken"].startswith("twr_")
        assert tokens["firstName"] == "Ada"

    def test_refuses_a_wrong_password_and_an_unknown_address_alike(
        self, anonymous: httpx.Client
    ) -> None:
        person = sign_up(anonymous)

        wrong = anonymous.post(
            "/api/users/login", json={"email": person.email, "password": "wrong one"}
        )
        unknown = anonymous.post(
            "/api/users/login", json={"email": "who@x.y", "password": PASSWORD}
        )

        problems = [assert_problem(answer, 401, "L02") for answer in (wrong, unknown)]
        assert problems[0]["error"] == problems[1]["error"]
        assert wrong.headers["WWW-Authenticate"] == "Bearer"

    @pytest.mark.parametrize(
        "body", [{}, {"email": "a@b.c"}, {"password": "x"}, {"email": "", "password": ""}]
    )
    def test_refuses_missing_details(self, anonymous: httpx.Client, body: dict[str, str]) -> None:
        assert_problem(anonymous.post("/api/users/login", json=body), 400, "L01")


class TestRefresh:
    def test_rotates_and_answers_a_retry_byte_for_byte(self, anonymous: httpx.Client) -> None:
        first = sign_up(anonymous).log_in(anonymous)

        answers = [refresh(anonymous, first) for _ in range(3)]

        assert [answer.status_code for answer in answers] == [200, 200, 200]
        successors = {answer.json()["refreshToken"] for answer in answers}
        assert len(successors) == 1
        assert first["refreshToken"] not in successors

    def test_ends_the_session_when_an_older_token_comes_back(self, anonymous: httpx.Client) -> None:
        stolen = sign_up(anonymous).log_in(anonymous)
        second = refreshed(anonymous, stolen)
        third = refreshed(anonymous, second)

        reused = refresh(anonymous, stolen)

        assert_problem(reused, 400, "invalid_grant")
        assert_problem(
            anonymous.post(REFRESH, json={"refreshToken": third["refreshToken"]}),
            400,
            "invalid_grant",
        )
        assert_problem(anonymous.get("/api/tasks", headers=bearer(third)), 401, "A02")

    def test_accepts_the_users_id_and_refuses_another(self, anonymous: httpx.Client) -> None:
        tokens = sign_up(anonymous).log_in(anonymous)
        body = {"RefreshToken": tokens["refreshToken"]}

        wrong = anonymous.post(REFRESH, json={**body, "UserId": tokens["userId"] - 1 or 2})
        right = anonymous.post(REFRESH, json={**body, "UserId": tokens["userId"]})

        assert_problem(wrong, 400, "invalid_grant")
        assert right.status_code == 200

    @pytest.mark.parametrize("body", [{}, {"refreshToken": ""}, {"userId": 1}])
    def test_says_when_the_token_is_missing(
        self, anonymous: httpx.Client, body: dict[str, Any]
    ) -> None:
        assert_problem(anonymous.post(REFRESH, json=body), 400, "R01")

    @pytest.mark.parametrize(
        "token", ["x", "twr_", "twr_" + "A" * 72, "twr_" + "A" * 9999, "é", "\x00"]
    )
    def test_refuses_what_was_never_a_token(self, anonymous: httpx.Client, token: str) -> None:
        answer = anonymous.post(REFRESH, json={"refreshToken": token})

        assert_problem(answer, 400, "invalid_grant")

    def test_refuses_an_access_token(self, anonymous: httpx.Client) -> None:
        tokens = sign_up(anonymous).log_in(anonymous)

        answer = anonymous.post(REFRESH, json={"refreshToken": tokens["accessToken"]})

        assert_problem(answer, 400, "invalid_grant")


class TestLogout:
    def test_ends_the_session_at_once_and_no_other(self, anonymous: httpx.Client) -> None:
        person = sign_up(anonymous)
        here, elsewhere = person.log_in(anonymous), person.log_in(anonymous)

        answer = anonymous.post("/api/users/logout", headers=bearer(here))

        assert (answer.status_code, answer.content) == (204, b"")
        for path in ("/api/tasks", "/api/users/info"):
            assert_problem(anonymous.get(path, headers=bearer(here)), 401, "A02")
        assert_problem(
            refresh(anonymous, here),
            400,
            "invalid_grant",
        )
        assert anonymous.get("/api/tasks", headers=bearer(elsewhere)).status_code == 200


class TestInfo:
    def test_tells_who_is_logged_in(self, anonymous: httpx.Client) -> None:
        person = sign_up(anonymous)
        tokens = person.log_in(anonymous)

        info = anonymous.get("/api/users/info", headers=bearer(tokens)).json()

        assert info["userId"] == tokens["userId"]
        assert (info["email"], info["firstName"], info["lastName"]) == (
            person.email,
            "Ada",
            "Lovelace",
        )
        assert info["creationDate"].endswith("Z")
        assert datetime.fromisoformat(info["creationDate"]) <= datetime.now(UTC)


class TestProfile:
    def test_changes_by_what_is_sent_and_keeps_the_rest(self, person: httpx.Client) -> None:
        before = person.get("/api/users/info").json()

        answer = person.put("/api/users/info", json={"firstName": " Augusta "})

        assert answer.status_code == 200
        assert answer.json() == {**before, "firstName": "Augusta"}
        assert person.put("/api/users/info", json={"LASTNAME": "Kíng"}).status_code == 200
        assert person.put("/api/users/info", json={}).status_code == 200
        after = person.get("/api/users/info").json()
        assert after == {**before, "firstName": "Augusta", "lastName": "Kíng"}

    @pytest.mark.parametrize(
        "body",
        [
            {"firstName": ""},
            {"lastName": "x" * 101},
            {"firstName": "a\x00"},
            {"firstName": None},
            {"email": "other@example.org"},
            [],
        ],
    )
    def test_refuses_what_is_no_name_and_keeps_the_rest(
        self, person: httpx.Client, body: Any
    ) -> None:
        before = person.get("/api/users/info").json()

        assert_problem(person.put("/api/users/info", json=body), 400, "S01")

        assert person.get("/api/users/info").json() == before

    def test_of_others_stays_as_it_is(self, person: httpx.Client, stranger: httpx.Client) -> None:
        person.put("/api/users/info", json={"firstName": "Augusta"})

        assert stranger.get("/api/users/info").json()["firstName"] == "Ada"


class TestTasks:
    def test_a_task_lives_from_its_addition_to_its_deletion(self, person: httpx.Client) -> None:
        added = person.post("/api/tasks", json={"name": "Buy milk", "ts": "2024-05-06T07:08:09.1Z"})

        assert added.status_code == 201
        assert added.headers["Location"] == "/api/tasks/1"
        assert added.json() == {
            "id": 1,
            "name": "Buy milk",
            "isCompleted": False,
            "ts": "2024-05-06T07:08:09.100000Z",
            "version": 1,
        }
        assert person.get("/api/tasks").json() == [added.json()]
        assert person.get(added.headers["Location"]).json() == added.json()

        changed = person.put("/api/tasks", json={"id": 1, "isCompleted": True})

        assert changed.json() == {**added.json(), "isCompleted": True, "version": 2}
        assert person.delete("/api/tasks/1").status_code == 204
        assert person.get("/api/tasks").json() == []
        assert person.post("/api/tasks", json={"name": "Next"}).json()["id"] == 2

    def test_a_new_task_does_not_bring_its_number(self, person: httpx.Client) -> None:
        answer = person.post("/api/tasks", json={"id": 5, "name": "A"})

        assert_problem(answer, 400, "T02")
        assert answer.json()["error"] == (
            'The member "id" is wrong: it is given here, so leave it out.'
        )

    def test_put_takes_a_task_as_it_was_fetched(self, person: httpx.Client) -> None:
        task = person.post("/api/tasks", json={"id": 0, "name": "A", "isCompleted": False}).json()

        answer = person.put("/api/tasks", json={**task, "name": "B"})

        assert answer.json() == {**task, "name": "B", "version": 2}

    def test_anothers_task_is_not_there(self, person: httpx.Client, stranger: httpx.Client) -> None:
        number = person.post("/api/tasks", json={"name": "Mine"}).json()["id"]

        answers = [
            stranger.get(f"/api/tasks/{number}"),
            stranger.put("/api/tasks", json={"id": number, "name": "Theirs"}),
            stranger.delete(f"/api/tasks/{number}"),
            stranger.delete("/api/tasks/999"),
        ]

        problems = [assert_problem(answer, 404, "T01") for answer in answers]
        assert len({problem["error"] for problem in problems}) == 1
        assert person.get("/api/tasks").json()[0]["name"] == "Mine"

    @pytest.mark.parametrize("number", ["0", "-1", "1.0", "x", "٣", "9" * 30, "1%00", "01"])
    def test_what_is_no_number_is_no_task(self, person: httpx.Client, number: str) -> None:
        assert_problem(person.delete(f"/api/tasks/{number}"), 404, "T01")

    @pytest.mark.parametrize(
        ("body", "named"),
        [
            ({}, "name"),
            ({"name": ""}, "name"),
            ({"name": "  "}, "name"),
            ({"name": "x" * 501}, "name"),
            ({"name": "a\x00b"}, "NUL"),
            ({"name": None}, "name"),
            ({"name": 5}, "name"),
            ({"name": "x", "isCompleted": "yes"}, "isCompleted"),
            ({"name": "x", "isCompleted": 1}, "isCompleted"),
            ({"name": "x", "id": 7}, "id"),
            ({"name": "x", "ts": "2024-05-06"}, "ts"),
            ({"name": "x", "ts": "2024-05-06T07:08:09"}, "ts"),
            ({"name": "x", "ts": "0001-01-01T00:00:00+14:00"}, "ts"),
            ({"name": "x", "owner": 1}, "owner"),
        ],
    )
    def test_a_bad_task_is_refused_by_name_and_nothing_is_kept(
        self, person: httpx.Client, body: dict[str, Any], named: str
    ) -> None:
        problem = assert_problem(person.post("/api/tasks", json=body), 400, "T02")

        assert named in problem["error"]
        assert person.get("/api/tasks").json() == []


class TestRequestBodies:
    def test_members_match_in_any_case(self, person: httpx.Client) -> None:
        answer = person.post("/api/tasks", json={"NAME": "x", "iscompleted": True})

        assert (answer.status_code, answer.json()["isCompleted"]) == (201, True)

    @pytest.mark.parametrize(
        "document",
        [
            '{"name":"a","name":"b"}',
            '{"name":"a","Name":"b"}',
            '{"na\\u006de":"a","name":"b"}',
            '{"name":"a \\" : \\\\","name":"b"}',
        ],
    )
    def test_a_repeated_member_is_refused_by_name(
        self, person: httpx.Client, document: str
    ) -> None:
        answer = post_raw(person, document.encode())

        problem = assert_problem(answer, 400, "T02")
        assert "more than once" in problem["error"]
        assert "name" in problem["error"].lower()

    def test_a_value_that_looks_like_a_member_is_none(self, person: httpx.Client) -> None:
        name = '"name": {"name": "x"}, \\'

        assert person.post("/api/tasks", json={"name": name}).json()["name"] == name

    @pytest.mark.parametrize(
        "document",
        [
            b"",
            b"{",
            b'{"name":',
            b'{"name":"x"} x',
            b"[]",
            b"null",
            b'"x"',
            b'{"name": NaN}',
            b'{"name": "\\ud800"}',
            b'{"name": "\xff"}',
            b"\xef\xbb\xbf{}",
            b"[" * 60_000,
            b'{"a":' * 12_000,
            b'{"name": ' + b"9" * 60_000 + b"}",
        ],
    )
    def test_what_is_no_object_of_json_is_refused(
        self, person: httpx.Client, document: bytes
    ) -> None:
        assert_problem(post_raw(person, document), 400, "T02")

    def test_a_body_over_64_kib_is_refused_whether_its_length_is_told_or_not(
        self, person: httpx.Client
    ) -> None:
        document = b'{"name":"' + b"x" * 70_000 + b'"}'

        told = post_raw(person, document)
        untold = person.post(
            "/api/tasks", content=iter([document]), headers={"Content-Type": "application/json"}
        )

        assert_problem(told, 413, "content_too_large")
        assert_problem(untold, 413, "content_too_large")

    @pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", ""])
    def test_another_content_type_is_refused(self, person: httpx.Client, media_type: str) -> None:
        answer = person.post(
            "/api/tasks", content=b'{"name":"x"}', headers={"Content-Type": media_type}
        )

        assert_problem(answer, 415, "unsupported_media_type")


class TestEverywhere:
    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("GET", "/api/tasks"),
            ("POST", "/api/tasks"),
            ("PUT", "/api/tasks"),
            ("GET", "/api/tasks/1"),
            ("DELETE", "/api/tasks/1"),
            ("GET", "/api/users/info"),
            ("POST", "/api/users/logout"),
        ],
    )
    def test_a_call_for_the_signed_in_asks_for_a_token(
        self, anonymous: httpx.Client, method: str, path: str
    ) -> None:
        without = anonymous.request(method, path)
        wrong = anonymous.request(method, path, headers={"Authorization": "Bearer nonsense"})
        basic = anonymous.request(method, path, headers={"Authorization": "Basic eDp5"})

        assert_problem(without, 401, "A01")
        assert without.headers["WWW-Authenticate"] == "Bearer"
        assert_problem(basic, 401, "A01")
        assert_problem(wrong, 401, "A02")
        assert wrong.headers["WWW-Authenticate"].startswith('Bearer error="invalid_token"')

    def test_a_refresh_token_is_no_access_token(self, anonymous: httpx.Client) -> None:
        tokens = sign_up(anonymous).log_in(anonymous)

        answer = anonymous.get(
            "/api/tasks", headers={"Authorization": f"Bearer {tokens['refreshToken']}"}
        )

        assert_problem(answer, 401, "A02")

    def test_an_unknown_path_and_a_wrong_method_are_problems_too(
        self, anonymous: httpx.Client
    ) -> None:
        assert_problem(anonymous.get("/api/nothing"), 404, "not_found")
        wrong = anonymous.delete("/api/users/login")
        assert_problem(wrong, 405, "method_not_allowed")
        assert "POST" in wrong.headers["Allow"]

    def test_a_request_keeps_the_id_that_it_came_with_if_it_is_harmless(
        self, anonymous: httpx.Client
    ) -> None:
        kept = anonymous.get("/healthz", headers={"X-Request-ID": "trace-7"})
        replaced = anonymous.get("/healthz", headers={"X-Request-ID": "a b\tc"})

        assert kept.headers["X-Request-ID"] == "trace-7"
        assert replaced.headers["X-Request-ID"] not in {"a b\tc", "trace-7", ""}

    def test_it_is_alive_and_ready(self, anonymous: httpx.Client) -> None:
        for path in ("/healthz", "/readyz"):
            assert anonymous.get(path).json() == {"status": "ok"}

    def test_the_keys_that_verify_tokens_are_public(self, anonymous: httpx.Client) -> None:
        keys = anonymous.get("/.well-known/jwks.json").json()["keys"]

        assert len(keys) == 2
        assert all(key["alg"] == "EdDSA" and "d" not in key for key in keys)


def refresh(client: httpx.Client, tokens: dict[str, Any]) -> httpx.Response:
    return client.post(REFRESH, json={"refreshToken": tokens["refreshToken"]})


def refreshed(client: httpx.Client, tokens: dict[str, Any]) -> dict[str, Any]:
    answer = refresh(client, tokens)
    assert answer.status_code == 200, answer.text
    successor: dict[str, Any] = answer.json()
    return successor


def post_raw(client: httpx.Client, document: bytes) -> httpx.Response:
    return client.post("/api/tasks", content=document, headers={"Content-Type": "application/json"})
