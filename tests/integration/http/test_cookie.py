"""The refresh token in a cookie: what a browser keeps, and what it takes to use it."""

from collections.abc import Callable, Iterator
from http.cookies import Morsel, SimpleCookie
from typing import Any, Self

import httpx
import pytest

from tests.integration.http.people import PASSWORD, Person, bearer, sign_up
from tests.integration.http.problems import assert_problem
from tests.integration.http.running_server import RunningServer

Serve = Callable[..., RunningServer]
REFRESH, LOGOUT = "/api/users/refresh_token", "/api/users/logout"
REAUTHENTICATE = "/api/users/reauthenticate"


def in_cookie_mode(origin: object) -> dict[str, str]:
    return {"X-Taskward-Cookie": "1", "Origin": str(origin)}


def log_in(client: httpx.Client, person: Person, headers: dict[str, str]) -> httpx.Response:
    body = {"email": person.email, "password": PASSWORD}
    return client.post("/api/users/login", json=body, headers=headers)


def cookie_of(answer: httpx.Response) -> Morsel[str]:
    (header,) = answer.headers.get_list("Set-Cookie")
    (morsel,) = SimpleCookie(header).values()
    return morsel


def kept(morsel: Morsel[str]) -> dict[str, str]:
    """As the browser would send it."""
    return {"Cookie": f"{morsel.key}={morsel.value}"}


class Browser:
    """Somebody at a page of the server's own, signed in with a cookie."""

    def __init__(self, server: RunningServer) -> None:
        self.client = server.client()
        self.origin = server.base_url
        self.person = sign_up(self.client)
        answer = log_in(self.client, self.person, in_cookie_mode(self.origin))
        assert answer.status_code == 200, answer.text
        self.tokens: dict[str, Any] = answer.json()
        self.cookie = cookie_of(answer)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def post(self, path: str, **headers: str) -> httpx.Response:
        # Each test says what is sent, whatever has been set.
        self.client.cookies.clear()
        sent = {**in_cookie_mode(self.origin), **kept(self.cookie), **headers}
        return self.client.post(path, headers=sent)

    def reads_tasks(self) -> bool:
        answer = self.client.get("/api/tasks", headers=bearer(self.tokens))
        return answer.status_code == 200


@pytest.fixture
def browser(server: RunningServer) -> Iterator[Browser]:
    with Browser(server) as browser:
        yield browser


class TestTheCookie:
    def test_on_plain_http_on_this_machine_it_has_all_attributes_but_secure(
        self, browser: Browser
    ) -> None:
        cookie = browser.cookie

        assert cookie.key == "taskward-refresh"
        assert cookie.value.startswith("twr_")
        assert cookie["httponly"] is True
        assert (cookie["samesite"], cookie["path"]) == ("Strict", "/api/users")
        assert (cookie["secure"], cookie["domain"]) == ("", "")
        assert cookie["max-age"] == str(14 * 24 * 60 * 60)

    def test_the_access_token_is_in_the_body_and_the_refresh_token_is_not(
        self, browser: Browser
    ) -> None:
        assert "refreshToken" not in browser.tokens
        assert browser.reads_tasks()

    def test_whoever_does_not_ask_for_it_gets_none(self, server: RunningServer) -> None:
        with server.client() as client:
            person = sign_up(client)

            answer = log_in(client, person, {"Origin": server.base_url})

        assert "Set-Cookie" not in answer.headers
        assert "refreshToken" in answer.json()

    def test_under_tls_it_is_secure_and_its_name_says_so(self, tls_server: RunningServer) -> None:
        with Browser(tls_server) as browser:
            refreshed = browser.post(REFRESH)

        cookie = browser.cookie
        assert cookie.key == "__Host-taskward-refresh"
        assert cookie["secure"] is True
        assert cookie["httponly"] is True
        assert (cookie["samesite"], cookie["path"], cookie["domain"]) == ("Strict", "/", "")
        assert refreshed.status_code == 200

    def test_behind_a_proxy_that_speaks_tls_it_is_secure_too(self, serve_sqlite: Serve) -> None:
        origin = "https://tasks.example.org"
        with serve_sqlite(PUBLIC_ORIGIN=origin).client() as client:
            person = sign_up(client)

            answer = log_in(client, person, in_cookie_mode(origin))
            foreign = log_in(client, person, in_cookie_mode(client.base_url))

        assert cookie_of(answer).key == "__Host-taskward-refresh"
        assert cookie_of(answer)["secure"] is True
        assert_problem(foreign, 403, "A05")

    def test_plain_http_off_this_machine_is_refused(self, serve_sqlite: Serve) -> None:
        with serve_sqlite().client() as client:
            person = sign_up(client)
            headers = {**in_cookie_mode("http://tasks.lan"), "Host": "tasks.lan"}

            answer = log_in(client, person, headers)

        assert_problem(answer, 403, "A06")
        assert "Set-Cookie" not in answer.headers

    def test_only_a_trusted_proxy_may_say_that_it_spoke_tls(self, serve_sqlite: Serve) -> None:
        headers = {
            **in_cookie_mode("https://tasks.lan"),
            "Host": "tasks.lan",
            "X-Forwarded-Proto": "https",
        }
        with serve_sqlite().client() as client:
            assert_problem(log_in(client, sign_up(client), headers), 403, "A05")


class TestRefreshByCookie:
    def test_rotates_and_a_retry_gets_the_same_bytes(self, browser: Browser) -> None:
        answers = [browser.post(REFRESH) for _ in range(3)]

        assert [answer.status_code for answer in answers] == [200, 200, 200]
        successors = {cookie_of(answer).value for answer in answers}
        assert len(successors) == 1
        assert browser.cookie.value not in successors
        assert all("refreshToken" not in answer.json() for answer in answers)
        assert {cookie_of(answer).key for answer in answers} == {"taskward-refresh"}

    def test_the_next_cookie_goes_on_and_the_first_is_reuse_then(self, browser: Browser) -> None:
        first = browser.cookie
        for _ in range(2):
            browser.cookie = cookie_of(browser.post(REFRESH))

        browser.cookie = first
        assert_problem(browser.post(REFRESH), 400, "invalid_grant")
        assert not browser.reads_tasks()

    @pytest.mark.parametrize(
        "origin",
        [
            "https://evil.example",
            "null",
            "",
            "http://127.0.0.1",
            "http://127.0.0.1:1",
            "HTTPS://127.0.0.1",
        ],
    )
    @pytest.mark.parametrize("path", [REFRESH, LOGOUT])
    def test_another_origin_is_refused_and_nothing_happens(
        self, browser: Browser, path: str, origin: str
    ) -> None:
        assert_problem(browser.post(path, Origin=origin), 403, "A05")

        assert browser.reads_tasks()
        assert browser.post(REFRESH).status_code == 200

    @pytest.mark.parametrize("path", [REFRESH, LOGOUT])
    def test_no_origin_at_all_is_refused(self, browser: Browser, path: str) -> None:
        headers = {"X-Taskward-Cookie": "1", **kept(browser.cookie)}

        assert_problem(browser.client.post(path, headers=headers), 403, "A05")
        assert browser.reads_tasks()

    def test_without_the_header_the_cookie_counts_for_nothing(self, browser: Browser) -> None:
        headers = {"Origin": browser.origin, **kept(browser.cookie)}

        refreshed = browser.client.post(REFRESH, headers=headers, json={})
        logged_out = browser.client.post(LOGOUT, headers=headers)

        assert_problem(refreshed, 400, "R01")
        assert_problem(logged_out, 401, "A01")
        assert browser.reads_tasks()

    @pytest.mark.parametrize("value", ["", "0", "true", "1, 1"])
    @pytest.mark.parametrize("path", [REFRESH, LOGOUT])
    def test_another_value_of_the_header_is_refused(
        self, browser: Browser, path: str, value: str
    ) -> None:
        headers = {**in_cookie_mode(browser.origin), "X-Taskward-Cookie": value}

        assert_problem(browser.client.post(path, headers=headers), 400, "A07")
        assert browser.reads_tasks()

    def test_without_the_cookie_there_is_nothing_to_refresh(self, browser: Browser) -> None:
        browser.client.cookies.clear()
        headers = in_cookie_mode(browser.origin)

        assert_problem(browser.client.post(REFRESH, headers=headers), 400, "invalid_grant")

    @pytest.mark.parametrize("path", ["/api/tasks", "/api/users/info", "/api/sessions"])
    def test_where_it_only_travels_along_nobody_looks_at_it(
        self, tls_server: RunningServer, path: str
    ) -> None:
        with Browser(tls_server) as browser:
            browser.client.cookies.clear()
            sent = {**in_cookie_mode(browser.origin), **kept(browser.cookie)}
            own = bearer(browser.tokens)

            refused = browser.client.get(path, headers=sent)
            with_it = browser.client.get(path, headers={**sent, **own})
            without = browser.client.get(path, headers=own)

        assert_problem(refused, 401, "A01")
        assert with_it.status_code == 200
        assert with_it.content == without.content
        assert "Set-Cookie" not in with_it.headers
        assert with_it.headers["Cache-Control"] == without.headers["Cache-Control"] == "no-store"

    def test_two_cookies_of_the_name_are_refused(self, browser: Browser) -> None:
        name, value = browser.cookie.key, browser.cookie.value

        answer = browser.post(REFRESH, Cookie=f"{name}=twr_planted; {name}={value}")

        assert_problem(answer, 400, "invalid_grant")

    def test_an_allowed_origin_may(self, serve_sqlite: Serve) -> None:
        server = serve_sqlite(CORS_ORIGINS="http://localhost:4200")
        with Browser(server) as browser:
            allowed = browser.post(REFRESH, Origin="http://localhost:4200")
            foreign = browser.post(REFRESH, Origin="http://localhost:4201")

        assert allowed.status_code == 200
        assert_problem(foreign, 403, "A05")


class TestReauthenticationByCookie:
    def test_puts_the_new_sessions_token_in_the_place_of_the_one_before(
        self, browser: Browser
    ) -> None:
        answer = browser.client.post(
            REAUTHENTICATE,
            json={"password": PASSWORD},
            headers={**in_cookie_mode(browser.origin), **bearer(browser.tokens)},
        )

        before, browser.cookie = browser.cookie, cookie_of(answer)
        assert "refreshToken" not in answer.json()
        assert browser.cookie.key == before.key
        assert browser.cookie["path"] == before["path"]
        assert browser.post(REFRESH).json()["sessionId"] == answer.json()["sessionId"]

    def test_another_origin_is_refused_and_the_session_goes_on(self, browser: Browser) -> None:
        headers = {**in_cookie_mode("https://evil.example"), **bearer(browser.tokens)}

        answer = browser.client.post(REAUTHENTICATE, json={"password": PASSWORD}, headers=headers)

        assert_problem(answer, 403, "A05")
        assert browser.reads_tasks()


class TestLogoutByCookie:
    def test_ends_the_session_and_clears_the_cookie(self, browser: Browser) -> None:
        answer = browser.post(LOGOUT)

        assert (answer.status_code, answer.content) == (204, b"")
        cleared = cookie_of(answer)
        assert (cleared.key, cleared.value) == (browser.cookie.key, "")
        assert cleared["path"] == browser.cookie["path"]
        assert "1970" in cleared["expires"]
        assert cleared["httponly"] is True
        assert not browser.reads_tasks()
        assert_problem(browser.post(REFRESH), 400, "invalid_grant")

    def test_with_an_access_token_besides_ends_that_session_and_clears_the_cookie(
        self, browser: Browser
    ) -> None:
        answer = browser.post(LOGOUT, **bearer(browser.tokens))

        assert answer.status_code == 204
        assert cookie_of(answer).value == ""
        assert not browser.reads_tasks()
