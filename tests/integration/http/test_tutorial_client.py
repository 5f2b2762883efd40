"""The tutorial's Angular client, played as a browser plays it: over TLS, from another origin."""

import json
import re
import ssl
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import trustme

from tests.integration.http.people import PASSWORD
from tests.integration.http.running_server import DEADLINE_SECONDS, RunningServer, until

ORIGIN = "http://localhost:4200"
SIMPLE_METHODS = {"GET", "HEAD", "POST"}


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def tls_server(
    authority: trustme.CA,
    database_settings: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[RunningServer]:
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    issued = authority.issue_cert("localhost", "127.0.0.1")
    issued.private_key_pem.write_to_path(str(key))
    for pem in issued.cert_chain_pems:
        pem.write_to_path(str(certificate), append=True)
    settings = {
        "WORKERS": "2",
        "TLS_CERT": str(certificate),
        "TLS_KEY": str(key),
        "CORS_ORIGINS": f"https://elsewhere.example.org,{ORIGIN}",
        "ACCESS_TOKEN_SECONDS": "8",
        **database_settings,
    }
    yield from started(RunningServer(folder / "data", settings, "https", verify=trust(authority)))


def trust(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def started(server: RunningServer) -> Iterator[RunningServer]:
    with server:
        yield server


@dataclass
class Browser:
    """Asks before it sends what a form could not send, and hides answers that are not for it."""

    client: httpx.Client
    origin: str = ORIGIN
    asked: set[tuple[str, str]] = field(default_factory=set)

    def request(
        self, method: str, url: str, body: Any = None, token: str | None = None
    ) -> httpx.Response:
        headers = {"Origin": self.origin}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        asked_for = sorted(name.lower() for name in headers if name != "Origin")
        if asked_for or method not in SIMPLE_METHODS:
            self._preflight(method, url, asked_for)
        answer = self.client.request(
            method, url, headers=headers, content=None if body is None else json.dumps(body)
        )
        if answer.headers.get("Access-Control-Allow-Origin") != self.origin:
            raise PermissionError(f"{method} {url} is not shared with {self.origin}")
        assert "origin" in answer.headers["Vary"].lower()
        return answer

    def _preflight(self, method: str, url: str, names: list[str]) -> None:
        headers = {"Origin": self.origin, "Access-Control-Request-Method": method}
        if names:
            headers["Access-Control-Request-Headers"] = ",".join(names)
        answer = self.client.options(url, headers=headers)
        if answer.headers.get("Access-Control-Allow-Origin") != self.origin:
            raise PermissionError(f"{method} {url} may not be asked by {self.origin}")
        assert answer.status_code in {200, 204}
        assert method in listed(answer, "Access-Control-Allow-Methods")
        # A wildcard would not do: it never stands for Authorization.
        allowed = {name.lower() for name in listed(answer, "Access-Control-Allow-Headers")}
        assert set(names) <= allowed
        self.asked.add((method, url))


def listed(answer: httpx.Response, header: str) -> set[str]:
    return {value.strip() for value in answer.headers.get(header, "").split(",")}


def atob(text: str) -> bytes:
    """As browsers do it (the forgiving-base64 decode of the Infra standard): no "-", no "_"."""
    text = re.sub(r"[\t\n\f\r ]", "", text)
    if len(text) % 4 == 0:
        text = re.sub(r"={1,2}$", "", text)
    if len(text) % 4 == 1 or not re.fullmatch(r"[A-Za-z0-9+/]*", text):
        raise ValueError("InvalidCharacterError")
    return b64decode(text + "=" * (-len(text) % 4))


@dataclass
class TutorialClient:
    """What its services do, with its own names for what it keeps."""

    browser: Browser
    session: dict[str, Any] | None = None
    message: str = ""

    def sign_up(self, email: str) -> None:
        body = {
            "email": email,
            "password": PASSWORD,
            "confirmPassword": PASSWORD,
            "firstName": "Ada",
            "lastName": "Lovelace",
            "ts": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }
        # responseType: 'text'
        self.message = self.browser.request("POST", "/api/users/signup", body).text

    def log_in(self, email: str, password: str = PASSWORD) -> None:
        answer = self.browser.request(
            "POST", "/api/users/login", {"email": email, "password": password}
        )
        self._keep(answer)

    def is_signed_out(self) -> bool:
        return self.session is None

    def is_logged_in(self) -> bool:
        return not self.is_signed_out() and not self.is_token_expired()

    def is_token_expired(self) -> bool:
        assert self.session
        payload = json.loads(atob(self.session["accessToken"].split(".")[1]))
        expired: bool = datetime.now(UTC).timestamp() >= payload["exp"]
        return expired

    def refresh(self) -> None:
        assert self.session
        body = {"UserId": self.session["userId"], "RefreshToken": self.session["refreshToken"]}
        self._keep(self.browser.request("POST", "/api/users/refresh_token", body))

    def call(self, method: str, url: str, body: Any = None) -> httpx.Response:
        """Through its interceptor: once refreshed when the token has expired."""
        assert self.session
        answer = self.browser.request(method, url, body, self.session["accessToken"])
        if answer.status_code == 401 and self.is_token_expired():
            self.refresh()
            answer = self.browser.request(method, url, body, self.session["accessToken"])
        return answer

    def _keep(self, answer: httpx.Response) -> None:
        told = answer.json()
        if answer.status_code == 200:
            kept = self.session or {"userId": told["userId"], "firstName": told["firstName"]}
            names = ("accessToken", "refreshToken")
            self.session = {**kept, **{name: told[name] for name in names}}
            return
        self.message = f"{told['errorCode']}: {told['error']}"
        if answer.status_code == 400 and told["errorCode"] == "invalid_grant":
            self.session = None


@pytest.fixture
def angular(tls_server: RunningServer) -> Iterator[TutorialClient]:
    with tls_server.client() as client:
        yield TutorialClient(Browser(client))


@pytest.fixture
def email(request: pytest.FixtureRequest) -> str:
    return f"{abs(hash(request.node.nodeid))}@example.org"


def test_it_signs_up_and_logs_in(angular: TutorialClient, email: str) -> None:
    angular.sign_up(email)
    angular.log_in(email)

    assert email in angular.message
    assert angular.session
    assert angular.session["firstName"] == "Ada"
    assert angular.is_logged_in()
    info = angular.call("GET", "/api/users/info").json()
    assert info["userId"] == angular.session["userId"]
    assert (info["email"], info["lastName"]) == (email, "Lovelace")


def test_it_shows_why_it_may_not_log_in(angular: TutorialClient, email: str) -> None:
    angular.sign_up(email)

    angular.log_in(email, "not the password")

    assert angular.session is None
    assert angular.message.startswith("L02: The email address or the password is wrong")


def test_it_keeps_tasks(angular: TutorialClient, email: str) -> None:
    angular.sign_up(email)
    angular.log_in(email)
    ts = "2026-01-02T03:04:05.678Z"
    new = {"id": 0, "isCompleted": False, "name": "Milk", "ts": ts}

    for name in ("Milk", "Bread", "Tea"):
        assert angular.call("POST", "/api/tasks", {**new, "name": name}).status_code == 201
    milk, bread, tea = angular.call("GET", "/api/tasks").json()
    bread["isCompleted"] = True
    assert angular.call("PUT", "/api/tasks", bread).status_code == 200
    assert angular.call("DELETE", f"/api/tasks/{milk['id']}").status_code == 204

    left = angular.call("GET", "/api/tasks").json()
    assert left == [{**bread, "version": 2}, tea]
    assert datetime.fromisoformat(tea["ts"]) == datetime.fromisoformat(ts)
    methods = {method for method, _ in angular.browser.asked}
    assert methods == {"GET", "POST", "PUT", "DELETE"}


def test_it_refreshes_when_its_token_has_expired_and_signs_out_when_it_cannot(
    angular: TutorialClient, email: str
) -> None:
    angular.sign_up(email)
    angular.log_in(email)
    assert angular.session
    first = dict(angular.session)

    until(angular.is_token_expired, "the token has expired by its own account")
    expired = angular.browser.request("GET", "/api/tasks", token=first["accessToken"])
    assert expired.status_code == 401
    assert "invalid_token" in expired.headers["WWW-Authenticate"]
    assert angular.call("GET", "/api/tasks").json() == []

    assert angular.session["userId"] == first["userId"]
    assert angular.session["accessToken"] != first["accessToken"]
    assert angular.session["refreshToken"] != first["refreshToken"]
    assert angular.call("POST", "/api/users/logout").status_code == 204
    angular.refresh()
    assert angular.is_signed_out()
    assert angular.message.startswith("invalid_grant: ")


@pytest.mark.parametrize(
    "origin", ["http://localhost:4201", "https://localhost:4200", "http://evil.example", "null"]
)
def test_another_origin_gets_nothing_to_read(tls_server: RunningServer, origin: str) -> None:
    with tls_server.client() as client:
        browser = Browser(client, origin)
        with pytest.raises(PermissionError, match="may not be asked"):
            browser.request("POST", "/api/users/login", {"email": "a@b.c", "password": "x"})
        with pytest.raises(PermissionError, match="is not shared"):
            browser.request("GET", "/healthz")
        answers = [
            client.get("/healthz", headers={"Origin": origin}),
            client.get("/api/tasks", headers={"Origin": origin}),
            client.options(
                "/api/tasks", headers={"Origin": origin, "Access-Control-Request-Method": "PUT"}
            ),
        ]

    shared = [name for answer in answers for name in answer.headers if "access-control" in name]
    assert shared == []


def test_unless_it_is_set_no_origin_is_let_in(server: RunningServer) -> None:
    with server.client() as client:
        browser = Browser(client)
        with pytest.raises(PermissionError, match="may not be asked"):
            browser.request("GET", "/api/tasks", token="x")
        with pytest.raises(PermissionError, match="is not shared"):
            browser.request("GET", "/healthz")


def test_a_certificate_of_an_unknown_authority_is_noticed(tls_server: RunningServer) -> None:
    stranger = trust(trustme.CA())

    with (
        httpx.Client(
            base_url=tls_server.base_url, verify=stranger, timeout=DEADLINE_SECONDS
        ) as client,
        pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"),
    ):
        client.get("/healthz")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_who_speaks_tls_1_2_or_newer_is_served(
    tls_server: RunningServer, authority: trustme.CA, version: ssl.TLSVersion
) -> None:
    context = trust(authority)
    context.minimum_version = context.maximum_version = version

    with httpx.Client(
        base_url=tls_server.base_url, verify=context, timeout=DEADLINE_SECONDS
    ) as client:
        assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize("text", ["a-b_", "a", "ab=c", "====", "abc==", "é"])
def test_our_atob_is_as_strict_as_a_browsers(text: str) -> None:
    with pytest.raises(ValueError, match="InvalidCharacterError"):
        atob(text)
