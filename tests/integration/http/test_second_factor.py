"""A second factor: set up, asked for, lost and removed."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import httpx
import pytest

from domain.throttle import code_key
from tests.authenticator_app import with_shown
from tests.contracts.threads import all_at_once
from tests.integration.http.addresses import client_at
from tests.integration.http.people import PASSWORD, Person, bearer, sign_up, signup_body
from tests.integration.http.problems import assert_problem
from tests.integration.http.running_server import RunningServer
from tests.integration.http.storage import Storage
from tests.integration.http.test_sessions import assert_ended, assert_live

FINDER = ["1111111", "1000001", "1011101", "1011101", "1011101", "1000001", "1111111"]
"""What stands in three corners of a QR code (ISO/IEC 18004, section 6.3.3)."""


@dataclass
class Factor:
    seed: str
    recovery_codes: list[str] = field(repr=False)

    def code(self) -> str:
        """One that works however short ago the app's was used."""
        return self.recovery_codes.pop()


def begin(client: httpx.Client, person: Person, **members: Any) -> httpx.Response:
    body = {"email": person.email, "password": person.password, **members}
    return client.post("/api/users/second-factor", json=body)


def confirm(client: httpx.Client, tokens: dict[str, Any], code: str) -> httpx.Response:
    path = "/api/users/second-factor/confirm"
    return client.post(path, json={"code": code}, headers=bearer(tokens))


def log_in(client: httpx.Client, person: Person, code: str | None = None) -> httpx.Response:
    body = {"email": person.email, "password": person.password}
    return client.post("/api/users/login", json=body if code is None else {**body, "code": code})


def give(
    client: httpx.Client, path: str, tokens: dict[str, Any], code: str | None = None
) -> httpx.Response:
    """The password, and a code if there is one, for what is sensitive."""
    body = {"password": PASSWORD} if code is None else {"password": PASSWORD, "code": code}
    return client.post(f"/api/users/{path}", json=body, headers=bearer(tokens))


def described(client: httpx.Client, tokens: dict[str, Any]) -> dict[str, Any]:
    answer = client.get("/api/users/second-factor", headers=bearer(tokens))
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def set_up(client: httpx.Client, person: Person, tokens: dict[str, Any]) -> Factor:
    begun = begin(client, person).json()
    answer = with_shown(begun["secret"], partial(confirm, client, tokens))
    assert answer.status_code == 204, answer.text
    return Factor(begun["secret"], begun["recoveryCodes"])


class TestSettingUp:
    def test_shows_the_seed_in_three_forms_and_the_recovery_codes(
        self, server: RunningServer
    ) -> None:
        with client_at(server) as client:
            person = sign_up(client)

            answer = begin(client, person)

        assert answer.status_code == 201
        assert answer.headers["Cache-Control"] == "no-store"
        begun = answer.json()
        uri = urlsplit(begun["uri"])
        assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
        assert unquote(uri.path) == f"/Taskward:{person.email}"
        assert parse_qs(uri.query) == {"secret": [begun["secret"]], "issuer": ["Taskward"]}
        rows = begun["qrCode"]
        assert {len(row) for row in rows} == {len(rows)}
        assert [row[:7] for row in rows[:7]] == FINDER
        assert [row[-7:] for row in rows[:7]] == FINDER
        assert [row[:7] for row in rows[-7:]] == FINDER
        assert len(set(begun["recoveryCodes"])) == 10

    def test_fits_into_a_qr_code_whatever_the_address(self, server: RunningServer) -> None:
        email = "🦉" * 64 + "@" + "🦉" * 189
        with client_at(server) as client:
            client.post("/api/users/signup", json=signup_body(email))

            answer = begin(client, Person(email))

        assert answer.status_code == 201
        assert unquote(urlsplit(answer.json()["uri"]).path) == f"/Taskward:{email[:100]}"

    def test_counts_from_the_first_code_on_and_ends_all_other_sessions(
        self, server: RunningServer
    ) -> None:
        with client_at(server) as client:
            person = sign_up(client)
            here, there = person.log_in(client), person.log_in(client)
            begun = begin(client, person).json()
            assert described(client, here)["isActive"] is False
            assert_problem(confirm(client, here, "000 00x"), 403, "F02")

            answer = with_shown(begun["secret"], partial(confirm, client, here))

            assert (answer.status_code, answer.content) == (204, b"")
            told = described(client, here)
            assert (told["isActive"], told["recoveryCodesLeft"]) == (True, 10)
            assert told["addedAt"].endswith("Z")
        assert_live(server, here)
        assert_ended(server, there)

    @pytest.mark.parametrize(
        ("members", "status", "code"),
        [
            ({"password": "wrong"}, 401, "L02"),
            ({"email": "nobody@example.org"}, 401, "L02"),
            ({"password": ""}, 400, "L01"),
            ({"code": "123456"}, 400, "L01"),
        ],
    )
    def test_takes_the_password(
        self, server: RunningServer, members: dict[str, Any], status: int, code: str
    ) -> None:
        with client_at(server) as client:
            assert_problem(begin(client, sign_up(client), **members), status, code)

    def test_is_refused_where_there_is_one(self, server: RunningServer) -> None:
        with client_at(server) as client:
            person = sign_up(client)
            tokens = person.log_in(client)
            set_up(client, person, tokens)

            assert_problem(begin(client, person), 409, "F06")
            assert_problem(confirm(client, tokens, "123456"), 409, "F06")

    def test_that_was_never_begun_cannot_be_confirmed(self, server: RunningServer) -> None:
        with client_at(server) as client:
            tokens = sign_up(client).log_in(client)

            assert_problem(confirm(client, tokens, "123456"), 409, "F05")

    def test_leaves_nothing_in_the_database_or_the_log_that_makes_a_code(
        self, server: RunningServer
    ) -> None:
        with client_at(server) as client:
            person = sign_up(client)
            tokens = person.log_in(client)
            factor = set_up(client, person, tokens)
            export = client.get("/api/users/export", headers=bearer(tokens))

        stored = repr(Storage(server).tables())
        for secret in (factor.seed, *factor.recovery_codes):
            assert secret not in stored
            assert secret not in export.text
            assert secret not in server.output
        assert export.json()["secondFactor"]["recoveryCodesLeft"] == 10


class TestLoggingIn:
    def test_takes_a_code_that_works_once(self, server: RunningServer) -> None:
        given = []
        with client_at(server) as client:
            person = sign_up(client)
            begun = begin(client, person).json()

            def give_code(code: str) -> httpx.Response:
                given.append(code)
                return log_in(client, person, code)

            first = with_shown(begun["secret"], give_code)
            again = log_in(client, person, given[-1])

            assert first.status_code == 200
            assert_problem(again, 403, "F02")
            assert_problem(log_in(client, person), 403, "F01")

    def test_takes_no_time_from_whoever_asks(self, server: RunningServer) -> None:
        with client_at(server) as client:
            person = sign_up(client)
            body = {"email": person.email, "password": PASSWORD, "ts": "2031-02-03T04:05:06Z"}

            answer = client.post("/api/users/login", json=body)

        assert_problem(answer, 400, "L01")
        assert "ts" in answer.json()["error"]

    def test_takes_a_recovery_code_instead_once(self, server: RunningServer) -> None:
        with client_at(server) as client:
            person = sign_up(client)
            factor = set_up(client, person, person.log_in(client))
            code = factor.code()

            answer = log_in(client, person, code.lower().replace("-", " "))

            assert answer.status_code == 200
            assert_problem(log_in(client, person, code), 403, "F02")
            assert described(client, answer.json())["recoveryCodesLeft"] == 9

    def test_is_slowed_down_by_wrong_codes_on_all_workers_together(
        self, server: RunningServer
    ) -> None:
        with client_at(server) as client:
            person = sign_up(client)
            tokens = person.log_in(client)
            factor = set_up(client, person, tokens)
        with client_at(server) as elsewhere:
            statuses = [log_in(elsewhere, person, "000000x").status_code for _ in range(5)]
            Storage(server).postpone_attempts([code_key(tokens["userId"])])
            refused = log_in(elsewhere, person, factor.code())
        with client_at(server) as third:
            also_refused = log_in(third, person, factor.code())

        assert statuses == [403] * 5
        assert_problem(refused, 429, "F03")
        assert int(refused.headers["Retry-After"]) >= 1
        assert_problem(also_refused, 429, "F03")

    @pytest.mark.parametrize("code", ["", "x", "\x00", "🦉", "\\", "0" * 100, "\uff11" * 6])
    def test_says_that_a_code_is_none(self, server: RunningServer, code: str) -> None:
        with client_at(server) as client:
            person = sign_up(client)
            set_up(client, person, person.log_in(client))

            assert_problem(log_in(client, person, code), 403, "F02" if code else "F01")

    @pytest.mark.parametrize("code", [None, 123456, ["123456"], "0" * 101])
    def test_refuses_what_cannot_be_a_code_by_name(self, server: RunningServer, code: Any) -> None:
        with client_at(server) as client:
            person = sign_up(client)
            body = {"email": person.email, "password": PASSWORD, "code": code}

            answer = client.post("/api/users/login", json=body)

            assert_problem(answer, 400, "L01")
            assert "code" in answer.json()["error"]


class TestWhateverTakesThePassword:
    @pytest.mark.parametrize(
        "path",
        [
            "reauthenticate",
            "second-factor/recovery-codes",
            "second-factor/remove",
            "delete_account",
        ],
    )
    def test_takes_a_code_as_well(self, server: RunningServer, path: str) -> None:
        with client_at(server) as client:
            person = sign_up(client)
            tokens = person.log_in(client)
            factor = set_up(client, person, tokens)

            assert_problem(give(client, path, tokens), 403, "F01")
            assert_problem(give(client, path, tokens, "000000x"), 403, "F02")

            assert give(client, path, tokens, factor.code()).status_code in {200, 204}

    def test_the_change_of_the_password_among_them(self, server: RunningServer) -> None:
        with client_at(server) as client:
            person = sign_up(client)
            tokens = person.log_in(client)
            factor = set_up(client, person, tokens)
            new = "another good one"
            body = {"currentPassword": PASSWORD, "newPassword": new, "confirmPassword": new}
            change = partial(client.put, "/api/users/password", headers=bearer(tokens))

            assert_problem(change(json=body), 403, "F01")
            assert change(json={**body, "code": factor.code()}).status_code == 204

            assert_problem(log_in(client, Person(person.email, new)), 403, "F01")


class TestRemoving:
    def test_lets_the_password_alone_open_the_account_again(self, server: RunningServer) -> None:
        with client_at(server) as client:
            person = sign_up(client)
            tokens = person.log_in(client)
            factor = set_up(client, person, tokens)
            there = log_in(client, person, factor.code()).json()

            answer = give(client, "second-factor/remove", tokens, factor.code())

            assert (answer.status_code, answer.content) == (204, b"")
            assert described(client, tokens)["isActive"] is False
            assert log_in(client, person).status_code == 200
            assert_problem(give(client, "second-factor/remove", tokens), 409, "F05")
        assert_ended(server, there)

    def test_is_told_to_the_user_like_all_that_went_before(self, server: RunningServer) -> None:
        with client_at(server) as client:
            person = sign_up(client)
            tokens = person.log_in(client)
            factor = set_up(client, person, tokens)
            log_in(client, person, "000000x")
            log_in(client, person, factor.code())
            renewed = give(client, "second-factor/recovery-codes", tokens, factor.code())
            (code, *_) = renewed.json()["recoveryCodes"]
            give(client, "second-factor/remove", tokens, code)

            page = client.get("/api/users/security-events", headers=bearer(tokens)).json()

        told = [(event["kind"], event["detail"]) for event in page["events"]]
        assert told[::-1][:3] == [
            ("logged_in", ""),
            ("second_factor_begun", ""),
            ("second_factor_added", ""),
        ]
        assert sorted(told[:-3]) == [
            ("code_failed", ""),
            ("logged_in", "recovery_code"),
            ("recovery_codes_renewed", ""),
            ("second_factor_removed", ""),
            ("session_ended", "second_factor_removed"),
        ]


class TestNewRecoveryCodes:
    def test_take_the_place_of_those_before(self, server: RunningServer) -> None:
        with client_at(server) as client:
            person = sign_up(client)
            tokens = person.log_in(client)
            factor = set_up(client, person, tokens)

            answer = give(client, "second-factor/recovery-codes", tokens, factor.code())

            new = answer.json()["recoveryCodes"]
            assert (answer.status_code, len(set(new))) == (200, 10)
            assert_problem(log_in(client, person, factor.code()), 403, "F02")
            assert log_in(client, person, new[0]).status_code == 200


class TestWhereItIsRequired:
    def test_nobody_logs_in_without_one_and_a_first_code_lets_them_in(
        self, serve: Callable[..., RunningServer]
    ) -> None:
        server = serve(SECOND_FACTOR="required")
        with server.client() as client:
            person = sign_up(client)
            assert_problem(log_in(client, person), 403, "F04")
            assert_problem(log_in(client, person, "123456"), 403, "F04")
            begun = begin(client, person).json()
            assert_problem(log_in(client, person), 403, "F04")
            assert_problem(log_in(client, person, begun["recoveryCodes"][0]), 403, "F02")

            answer = with_shown(begun["secret"], partial(log_in, client, person))

            assert answer.status_code == 200
            assert described(client, answer.json())["isActive"] is True


class TestRaces:
    @pytest.mark.parametrize("kind", ["device", "recovery"])
    def test_a_code_that_many_give_at_once_begins_one_session(
        self, server: RunningServer, kind: str
    ) -> None:
        with client_at(server) as client:
            person = sign_up(client)
            begun = begin(client, person).json()

        def give_code(code: str) -> Counter[int]:
            answers = all_at_once(partial(log_in, each, person, code) for each in crowd)
            return Counter(answer.status_code for answer in answers)

        with server.crowd(8) as crowd:
            statuses = with_shown(begun["secret"], give_code)
            if kind == "recovery":
                statuses = give_code(begun["recoveryCodes"][0])

        assert statuses[200] == 1
        assert set(statuses) <= {200, 403, 429, 503}
