"""Whoever guesses is slowed down, and nobody is shut out by it."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from select import select
from time import monotonic
from uuid import uuid4

import httpx
import pytest

from domain.throttle import account_key, network_key
from domain.user import EmailAddress
from tests.integration.http.addresses import client_at, new_address
from tests.integration.http.people import PASSWORD, Person, bearer, sign_up, signup_body
from tests.integration.http.problems import assert_problem
from tests.integration.http.raw import connection, read_answer
from tests.integration.http.running_server import DEADLINE_SECONDS, RunningServer
from tests.integration.http.storage import POSTPONED, Storage

Serve = Callable[..., RunningServer]


def guess(client: httpx.Client, email: str, password: str = "a wild guess") -> httpx.Response:
    return client.post("/api/users/login", json={"email": email, "password": password})


def wait_told(answer: httpx.Response) -> int:
    assert_problem(answer, 429, "L05")
    return int(answer.headers["Retry-After"])


def without_numbers(answer: httpx.Response) -> str:
    """What it says, where the seconds may have become fewer since another said the same."""
    return re.sub(r"\d+", "", answer.json()["error"])


def postpone_guesses(server: RunningServer, email: str) -> None:
    Storage(server).postpone_attempts([account_key(EmailAddress(email))])


@pytest.fixture
def owner_address() -> str:
    return new_address()


@pytest.fixture(scope="module")
def strict(
    database_settings: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningServer]:
    """Three guesses at an account are free. Shared, so guesses come from addresses of their own."""
    data_dir = tmp_path_factory.mktemp("strict") / "data"
    settings = {"LOGIN_FREE_ATTEMPTS": "3", "LOGIN_FREE_ATTEMPTS_PER_ADDRESS": "1000"}
    with RunningServer(data_dir, {"WORKERS": "2", **database_settings, **settings}) as running:
        yield running


class TestGuessingAnAccount:
    def test_each_guess_past_the_free_ones_doubles_the_wait(self, strict: RunningServer) -> None:
        with client_at(strict) as owner, client_at(strict) as thief:
            person = sign_up(owner)
            free = [guess(thief, person.email) for _ in range(3)]

            for answer in free:
                assert_problem(answer, 401, "L02")

            for seconds in (1, 2, 4, 8, 16):
                began = monotonic()
                postpone_guesses(strict, person.email)
                wait = timedelta(seconds=wait_told(guess(thief, person.email)))
                passed = timedelta(seconds=monotonic() - began + 1)
                assert wait <= POSTPONED + timedelta(seconds=seconds) <= wait + passed

                Storage(strict).let_throttles_age(wait)
                assert_problem(guess(thief, person.email), 401, "L02")

    def test_asking_again_too_early_does_not_prolong_the_wait(self, strict: RunningServer) -> None:
        with client_at(strict) as owner, client_at(strict) as thief:
            person = sign_up(owner)
            free = [guess(thief, person.email) for _ in range(3)]
            postpone_guesses(strict, person.email)
            waits = [wait_told(guess(thief, person.email)) for _ in range(17)]

        assert [answer.status_code for answer in free] == [401] * 3
        assert waits == sorted(waits, reverse=True)
        assert waits[0] <= POSTPONED.total_seconds() + 1

    def test_while_one_waits_the_right_password_is_not_told_from_a_wrong_one(
        self, strict: RunningServer
    ) -> None:
        with client_at(strict) as owner, client_at(strict) as thief:
            person = sign_up(owner)
            for _ in range(3):
                guess(thief, person.email)
            postpone_guesses(strict, person.email)

            wrong, right = guess(thief, person.email), guess(thief, person.email, PASSWORD)

        assert wait_told(wrong) >= wait_told(right) > 1
        assert without_numbers(wrong) == without_numbers(right)

    def test_an_address_nobody_has_is_guarded_just_the_same(self, strict: RunningServer) -> None:
        email = f"{uuid4()}@example.org"
        with client_at(strict) as thief:
            answers = [guess(thief, email) for _ in range(3)]
            postpone_guesses(strict, email)
            refused = guess(thief, email)

        assert [answer.status_code for answer in answers] == [401] * 3
        assert_problem(refused, 429, "L05")

    def test_going_from_address_to_address_does_not_help(self, strict: RunningServer) -> None:
        with client_at(strict) as owner:
            person = sign_up(owner)

        def guess_elsewhere() -> int:
            with client_at(strict) as thief:
                return guess(thief, person.email).status_code

        statuses = [guess_elsewhere() for _ in range(3)]
        postpone_guesses(strict, person.email)

        assert statuses == [401] * 3
        assert [guess_elsewhere() for _ in range(2)] == [429] * 2

    def test_the_spelling_of_the_email_address_does_not_help(self, strict: RunningServer) -> None:
        with client_at(strict) as owner, client_at(strict) as thief:
            email = sign_up(owner).email
            answers = [guess(thief, each) for each in (email, email.upper(), f" {email} ")]
            postpone_guesses(strict, email)
            refused = guess(thief, email.title())

        assert [answer.status_code for answer in answers] == [401] * 3
        assert_problem(refused, 429, "L05")

    def test_a_right_password_makes_the_slate_clean(self, strict: RunningServer) -> None:
        with client_at(strict) as owner, client_at(strict) as elsewhere:
            person = sign_up(owner)
            for _ in range(2):
                guess(elsewhere, person.email)
            person.log_in(elsewhere)

            # That address is known now, and many more guesses are free there.
            answers = [guess(elsewhere, person.email) for _ in range(10)]

        assert [answer.status_code for answer in answers] == [401] * 10

    def test_it_is_counted_by_all_workers_together_and_beyond_a_restart(
        self, strict: RunningServer
    ) -> None:
        with client_at(strict) as owner:
            person = sign_up(owner)
        address = new_address()

        def guess_again() -> httpx.Response:
            # On a new connection each time, so that either worker may take it.
            with client_at(strict, address) as thief:
                return guess(thief, person.email)

        for _ in range(10):
            assert_problem(guess_again(), 401, "L02")
            Storage(strict).let_throttles_age(timedelta(minutes=15))
        assert_problem(guess_again(), 401, "L02")

        strict.stop()
        strict.start()

        assert wait_told(guess_again()) > 60

    def test_a_hundred_at_once_are_no_more_than_the_free_ones(self, strict: RunningServer) -> None:
        with client_at(strict) as owner:
            person = sign_up(owner)

        def one(number: int) -> int:
            with client_at(strict) as thief:
                return guess(thief, person.email, f"guess {number}").status_code

        with ThreadPoolExecutor(20) as pool:
            began = monotonic()
            statuses = list(pool.map(one, range(100)))
            seconds = int(monotonic() - began) + 1

        # While they run, the waits of 1, 2, 4 ... seconds pass, and after each one more is due.
        assert 1 <= statuses.count(401) <= 3 + seconds.bit_length()
        assert set(statuses) <= {401, 429, 503}


class TestTheOwner:
    """Whom a stranger has had slowed down."""

    @pytest.fixture
    def besieged(self, strict: RunningServer, owner_address: str) -> Person:
        """Somebody who has logged in before, and whose account a stranger then guessed at."""
        with client_at(strict, owner_address) as owner, client_at(strict) as thief:
            person = sign_up(owner)
            person.log_in(owner)
            for _ in range(3):
                guess(thief, person.email)
            postpone_guesses(strict, person.email)
            assert wait_told(guess(thief, person.email)) >= 1
        return person

    def test_goes_on_in_a_session_that_lives(
        self, strict: RunningServer, owner_address: str
    ) -> None:
        with client_at(strict, owner_address) as owner, client_at(strict) as thief:
            person = sign_up(owner)
            tokens = person.log_in(owner)
            for _ in range(6):
                guess(thief, person.email)

            assert owner.get("/api/tasks", headers=bearer(tokens)).status_code == 200
            body = {"refreshToken": tokens["refreshToken"]}
            assert owner.post("/api/users/refresh_token", json=body).status_code == 200

    def test_logs_in_from_where_they_did_before(
        self, strict: RunningServer, owner_address: str, besieged: Person
    ) -> None:
        with client_at(strict, owner_address) as owner:
            besieged.log_in(owner)

    def test_gives_the_password_again_where_that_is_asked(
        self, strict: RunningServer, owner_address: str, besieged: Person
    ) -> None:
        with client_at(strict, owner_address) as owner:
            tokens = besieged.log_in(owner)
            answer = owner.post(
                "/api/users/reauthenticate", json={"password": PASSWORD}, headers=bearer(tokens)
            )

        assert answer.status_code == 200

    def test_waits_a_little_at_an_address_that_is_new(
        self, strict: RunningServer, besieged: Person
    ) -> None:
        with client_at(strict) as elsewhere:
            wait = wait_told(guess(elsewhere, besieged.email, PASSWORD))
            Storage(strict).let_throttles_age(timedelta(seconds=wait))

            besieged.log_in(elsewhere)


class TestGuessingFromOneAddress:
    def test_many_accounts_are_slowed_down_together_and_other_addresses_are_not(
        self, serve: Serve
    ) -> None:
        server = serve(LOGIN_FREE_ATTEMPTS_PER_ADDRESS="4")
        address = new_address()
        with client_at(server, address) as sprayer, client_at(server) as other:
            for number in range(4):
                assert_problem(guess(sprayer, f"nobody{number}@example.org"), 401, "L02")
            Storage(server).postpone_attempts([network_key(address)])

            refused = [guess(sprayer, f"nobody{number}@example.org") for number in (5, 6)]
            elsewhere = guess(other, "nobody7@example.org")

        for answer in refused:
            assert 1 <= wait_told(answer) <= POSTPONED.total_seconds() + 1
        assert_problem(elsewhere, 401, "L02")

    def test_logging_in_to_ones_own_account_does_not_clear_it(self, serve: Serve) -> None:
        server = serve(LOGIN_FREE_ATTEMPTS_PER_ADDRESS="4")
        address = new_address()
        with client_at(server, address) as sprayer:
            own = sign_up(sprayer)
            for number in range(4):
                assert_problem(guess(sprayer, f"nobody{number}@example.org"), 401, "L02")
                own.log_in(sprayer)
            Storage(server).postpone_attempts([network_key(address)])

            own.log_in(sprayer)

            assert_problem(guess(sprayer, "nobody9@example.org"), 429, "L05")


class TestSignupsAndRefreshes:
    def test_sign_ups_from_one_address_are_limited(self, serve: Serve) -> None:
        server = serve(SIGNUPS_PER_ADDRESS="3")
        with client_at(server) as busy, client_at(server) as other:
            answers = [
                busy.post("/api/users/signup", json=signup_body(f"{number}@example.org"))
                for number in range(5)
            ]
            elsewhere = other.post("/api/users/signup", json=signup_body("else@example.org"))

        assert [answer.status_code for answer in answers[:3]] == [201] * 3
        for answer in answers[3:]:
            assert_problem(answer, 429, "S05")
            assert 1 < int(answer.headers["Retry-After"]) <= 60
        assert elsewhere.status_code == 201

    def test_refreshes_from_one_address_are_limited(self, serve_sqlite: Serve) -> None:
        server = serve_sqlite(REFRESHES_PER_MINUTE="5", WORKERS="1")
        with client_at(server) as busy, client_at(server) as other:
            answers = [
                busy.post("/api/users/refresh_token", json={"refreshToken": "twr_x"})
                for _ in range(7)
            ]
            elsewhere = other.post("/api/users/refresh_token", json={"refreshToken": "twr_x"})

        assert [answer.status_code for answer in answers[:5]] == [400] * 5
        for answer in answers[5:]:
            assert_problem(answer, 429, "R03")
            assert 1 <= int(answer.headers["Retry-After"]) <= 12
        assert_problem(elsewhere, 400, "invalid_grant")


class TestChangesOfTasks:
    def test_of_one_account_are_limited_and_others_go_on(self, serve_sqlite: Serve) -> None:
        server = serve_sqlite(TASK_CHANGES_PER_MINUTE="5", WORKERS="1")
        with server.client() as busy, server.client() as other:
            for client in (busy, other):
                client.headers.update(bearer(sign_up(client).log_in(client)))
            answers = [busy.post("/api/tasks", json={"name": "again"}) for _ in range(5)]
            refused = [
                busy.post("/api/tasks", json={"name": "again"}),
                busy.put("/api/tasks", json={"id": 1, "name": "again"}),
                busy.delete("/api/tasks/1"),
            ]
            listed = busy.get("/api/tasks")
            elsewhere = other.post("/api/tasks", json={"name": "once"})

        assert [answer.status_code for answer in answers] == [201] * 5
        for answer in refused:
            assert_problem(answer, 429, "T04")
            assert 1 <= int(answer.headers["Retry-After"]) <= 12
        assert len(listed.json()) == 5
        assert elsewhere.status_code == 201


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    data_dir = tmp_path_factory.mktemp("proxied") / "data"
    trusted = "127.88.0.0/16, 10.0.0.0/8, ::ffff:172.16.0.0/108"
    settings = {"WORKERS": "1", "TRUSTED_PROXIES": trusted}
    with RunningServer(data_dir, settings) as running:
        yield running


class TestProxies:
    """What stands in X-Forwarded-For is believed of nobody but a proxy that is trusted."""

    def address_seen(self, server: RunningServer, at: str, headers: list[tuple[str, str]]) -> str:
        with client_at(server, at) as client:
            body = {"email": sign_up(client).email, "password": PASSWORD}
            tokens = client.post("/api/users/login", json=body, headers=headers).json()
            (session,) = client.get("/api/sessions", headers=bearer(tokens)).json()
        address: str = session["address"]
        return address

    def test_without_the_setting_it_is_not_believed(self, serve_sqlite: Serve) -> None:
        address = new_address()

        seen = self.address_seen(serve_sqlite(), address, [("X-Forwarded-For", "203.0.113.7")])

        assert seen == address

    @pytest.mark.parametrize(
        ("headers", "seen"),
        [
            ([("X-Forwarded-For", "203.0.113.7")], "203.0.113.7"),
            ([("X-Forwarded-For", "1.2.3.4, 203.0.113.7")], "203.0.113.7"),
            ([("X-Forwarded-For", "203.0.113.7, 10.1.1.1, 127.88.0.2")], "203.0.113.7"),
            ([("X-Forwarded-For", "1.2.3.4"), ("X-Forwarded-For", "203.0.113.7")], "203.0.113.7"),
            ([("X-Forwarded-For", "1.2.3.4, nonsense")], "127.88.0.1"),
            ([("X-Forwarded-For", "2001:DB8::0:1")], "2001:db8::1"),
            ([("X-Forwarded-For", "203.0.113.7, ::ffff:10.1.1.1")], "203.0.113.7"),
            ([("X-Forwarded-For", "203.0.113.7, 172.16.0.1")], "203.0.113.7"),
            ([("X-Forwarded-For", "1.2.3.4, ::ffff:203.0.113.7")], "203.0.113.7"),
            ([], "127.88.0.1"),
        ],
    )
    def test_of_a_trusted_one_the_nearest_address_that_is_no_proxys_is_believed(
        self, proxied: RunningServer, headers: list[tuple[str, str]], seen: str
    ) -> None:
        assert self.address_seen(proxied, "127.88.0.1", headers) == seen

    def test_of_anybody_else_it_is_not_believed(self, proxied: RunningServer) -> None:
        address = new_address()

        seen = self.address_seen(proxied, address, [("X-Forwarded-For", "203.0.113.7")])

        assert seen == address

    def test_a_server_for_both_families_sees_ipv4_addresses_as_such(
        self, serve_sqlite: Serve
    ) -> None:
        server = serve_sqlite(HOST="::", TRUSTED_PROXIES="127.88.0.0/16", LOG_FORMAT="json")
        address = new_address()

        direct = self.address_seen(server, address, [("X-Forwarded-For", "203.0.113.7")])
        proxied = self.address_seen(server, "127.88.0.1", [("X-Forwarded-For", "203.0.113.7")])

        assert (direct, proxied) == (address, "203.0.113.7")
        assert "::ffff:" not in server.output

    def test_who_sends_slowly_behind_a_proxy_keeps_nobody_else_behind_it_from_sending(
        self, serve_sqlite: Serve
    ) -> None:
        server = serve_sqlite(WORKERS="1", TRUSTED_PROXIES="127.88.0.1")
        head = b"POST /api/users/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        head += b"X-Forwarded-For: 203.0.113.7\r\nContent-Length: 1000\r\n\r\n{"
        with ExitStack() as stack, client_at(server, "127.88.0.1") as other:
            slow = [stack.enter_context(connection(server, "127.88.0.1")) for _ in range(10)]
            for each in slow:
                each.sendall(head)
            # Once one is refused, the others have all places that one network may take.
            (first, *_), _, _ = select(slow, [], [], DEADLINE_SECONDS)
            refused = read_answer(first)

            other.headers["X-Forwarded-For"] = "203.0.113.8"
            served = guess(other, "nobody@example.org")

        assert refused.statuses == [503]
        assert_problem(served, 401, "L02")

    def test_who_guesses_behind_a_proxy_is_counted_alone(self, serve_sqlite: Serve) -> None:
        server = serve_sqlite(LOGIN_FREE_ATTEMPTS_PER_ADDRESS="2", TRUSTED_PROXIES="127.88.0.1")
        with client_at(server, "127.88.0.1") as proxy:
            proxy.headers["X-Forwarded-For"] = "203.0.113.7"
            for number in range(2):
                assert_problem(guess(proxy, f"nobody{number}@example.org"), 401, "L02")
            Storage(server).postpone_attempts([network_key("203.0.113.7")])

            refused = guess(proxy, "nobody3@example.org")
            proxy.headers["X-Forwarded-For"] = "203.0.113.8"
            elsewhere = guess(proxy, "nobody4@example.org")

        assert_problem(refused, 429, "L05")
        assert_problem(elsewhere, 401, "L02")
