"""What every answer tells the browser, whatever kind of answer it is."""

from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.integration.http.people import bearer, sign_up
from tests.integration.http.running_server import RunningServer
from tests.integration.http.storage import Storage

Serve = Callable[..., RunningServer]
ALLOWED = "http://localhost:4200"
ANSWERS = {
    "200": ("GET", "/api/tasks", 200),
    "401": ("GET", "/api/users/info", 401),
    "no such task": ("GET", "/api/tasks/999", 404),
    "no such route": ("GET", "/api/nothing", 404),
    "no such page": ("GET", "/nothing", 404),
    "wrong method": ("PATCH", "/api/tasks", 405),
    "options": ("OPTIONS", "/api/tasks", 200),
    "bad body": ("POST", "/api/tasks", 415),
    "public": ("GET", "/healthz", 200),
    "keys": ("GET", "/.well-known/jwks.json", 200),
    "description": ("GET", "/api/openapi.json", 200),
    "docs": ("GET", "/docs", 200),
    "script of docs": ("GET", "/docs/swagger_bundle.js", 200),
    "style of docs": ("GET", "/docs/swagger_style.css", 200),
    "page": ("GET", "/", 200),
    "worker of the page": ("GET", "/service-worker.js", 200),
}
PUBLIC = {"keys", "script of docs", "style of docs"}
PAGE = {"page", "worker of the page"}
"""Nobody's data, kept by the browser and asked for anew each time."""


@pytest.fixture(params=ANSWERS)
def kind(request: pytest.FixtureRequest) -> str:
    kind: str = request.param
    return kind


@pytest.fixture
def answer(kind: str, person: httpx.Client) -> httpx.Response:
    method, path, status = ANSWERS[kind]
    headers = {"Authorization": ""} if status == 401 else {}
    answer = person.request(method, path, headers=headers)
    assert answer.status_code == status, answer.text
    return answer


def assert_guarded(answer: httpx.Response) -> None:
    headers = answer.headers
    policy = dict(
        directive.strip().partition(" ")[::2]
        for directive in headers["Content-Security-Policy"].split(";")
    )
    for kind in ("default-src", "object-src", "base-uri", "form-action", "frame-ancestors"):
        assert policy[kind] == "'none'"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert "http" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert headers["X-Request-ID"]


class TestEveryAnswer:
    def test_is_guarded(self, answer: httpx.Response) -> None:
        assert_guarded(answer)

    def test_is_kept_by_no_cache_unless_it_is_the_same_for_everybody(
        self, kind: str, answer: httpx.Response
    ) -> None:
        expected = "public" if kind in PUBLIC else "no-cache" if kind in PAGE else "no-store"

        assert answer.headers["Cache-Control"].startswith(expected)

    def test_says_nothing_of_what_serves_it(self, answer: httpx.Response) -> None:
        assert answer.headers.get_list("Server") == ["taskward"]
        assert "X-Powered-By" not in answer.headers

    def test_over_plain_http_asks_for_no_tls(self, answer: httpx.Response) -> None:
        assert "Strict-Transport-Security" not in answer.headers

    def test_opens_nothing_to_another_origin_unless_that_is_set(
        self, answer: httpx.Response
    ) -> None:
        allowed = [name for name in answer.headers if name.startswith("access-control-")]

        assert not allowed


class TestFaults:
    def test_a_fault_is_guarded_and_tells_nothing(self, serve_sqlite: Serve) -> None:
        server = serve_sqlite(WORKERS="1")
        with server.client() as client:
            tokens = sign_up(client).log_in(client)
            Storage(server).break_tasks()

            answer = client.get("/api/tasks", headers=bearer(tokens))
            alive = client.get("/healthz")

        assert answer.status_code in {500, 503}
        assert_guarded(answer)
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.headers["Cache-Control"] == "no-store"
        for inside in ("sqlite", "SELECT", "Traceback", ".py", "no such"):
            assert inside not in answer.text
        assert alive.status_code == 200


class TestUnderTls:
    @pytest.mark.parametrize("path", ["/api/tasks", "/healthz", "/nothing", "/docs"])
    def test_asks_for_tls_ever_after(self, tls_server: RunningServer, path: str) -> None:
        with tls_server.client() as client:
            answer = client.get(path)

        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
        assert_guarded(answer)

    @pytest.mark.parametrize("host", ["localhost", "localhost:7217", "localhost:none"])
    def test_leaves_what_else_is_developed_on_localhost_alone(
        self, tls_server: RunningServer, host: str
    ) -> None:
        with tls_server.client() as client:
            answer = client.get("/healthz", headers={"Host": host})

        assert answer.status_code == 200
        assert "Strict-Transport-Security" not in answer.headers


class TestLogout:
    def test_clears_the_cache_but_no_storage_for_others_may_have_something_there(
        self, person: httpx.Client
    ) -> None:
        answer = person.post("/api/users/logout")

        assert answer.headers["Clear-Site-Data"] == '"cache"'


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server that lets the pages of one other origin in."""
    data_dir = tmp_path_factory.mktemp("shared") / "data"
    with RunningServer(data_dir, {"WORKERS": "1", "CORS_ORIGINS": ALLOWED}) as running:
        yield running


class TestOtherOrigins:
    @pytest.mark.parametrize("path", ["/api/tasks", "/api/nothing", "/healthz"])
    def test_one_that_is_allowed_may_read(self, shared: RunningServer, path: str) -> None:
        with shared.client() as client:
            answer = client.get(path, headers={"Origin": ALLOWED})

        assert answer.headers["Access-Control-Allow-Origin"] == ALLOWED
        assert answer.headers["Access-Control-Expose-Headers"] == "ETag, X-Request-ID"
        assert "Origin" in answer.headers["Vary"]

    @pytest.mark.parametrize(
        "origin",
        [
            "http://localhost:4201",
            "https://localhost:4200",
            "http://localhost:4200.evil.example",
            "http://evil.example/http://localhost:4200",
            "null",
            "*",
            "HTTP://LOCALHOST:4200",
        ],
    )
    @pytest.mark.parametrize("method", ["GET", "OPTIONS"])
    def test_no_other_may(self, shared: RunningServer, origin: str, method: str) -> None:
        with shared.client() as client:
            answer = client.request(
                method,
                "/api/tasks",
                headers={"Origin": origin, "Access-Control-Request-Method": "POST"},
            )

        assert "Access-Control-Allow-Origin" not in answer.headers
        assert "Origin" in answer.headers["Vary"]

    def test_asks_first_and_is_told_what_it_may_send(self, shared: RunningServer) -> None:
        with shared.client() as client:
            answer = client.options(
                "/api/tasks",
                headers={
                    "Origin": ALLOWED,
                    "Access-Control-Request-Method": "POST",
                    "Access-Control-Request-Headers": "authorization,content-type",
                },
            )

        assert answer.status_code in {200, 204}
        assert answer.headers["Access-Control-Allow-Origin"] == ALLOWED
        assert "POST" in answer.headers["Access-Control-Allow-Methods"]
        assert "authorization" in answer.headers["Access-Control-Allow-Headers"].lower()

    def test_without_an_origin_the_answer_still_varies_by_it(self, shared: RunningServer) -> None:
        with shared.client() as client:
            answer = client.get("/healthz")

        assert "Origin" in answer.headers["Vary"]
        assert "Access-Control-Allow-Origin" not in answer.headers
