"""The description of the API: valid, complete, and true."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from falcon.inspect import inspect_compiled_router, inspect_routes, register_router
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from entrypoints.http.app import create_app
from entrypoints.http.head import RouterWithHead
from entrypoints.http.openapi import PATH
from tests.authenticator_app import with_shown
from tests.integration.http.in_process import container_in
from tests.integration.http.people import PASSWORD, Person, bearer, sign_up, signup_body
from tests.integration.http.running_server import RunningServer
from tests.integration.http.test_password_link import made_link

UNLISTED = {
    ("GET", "/"),
    ("GET", "/assets/{version}/{name}"),
    ("GET", "/service-worker.js"),
    ("GET", "/docs"),
    ("GET", "/docs/{name}"),
}
Document = dict[str, Any]

register_router(RouterWithHead)(inspect_compiled_router)


@pytest.fixture
def document(anonymous: httpx.Client) -> Document:
    described: Document = anonymous.get(PATH).json()
    return described


def operations(document: Document) -> set[tuple[str, str]]:
    return {
        (method.upper(), path) for path, methods in document["paths"].items() for method in methods
    }


def test_it_is_valid(document: Document) -> None:
    OpenAPIV31SpecValidator(document).validate()

    assert document["openapi"].startswith("3.1.")


def test_it_describes_every_served_route_and_no_other(document: Document, tmp_path: Path) -> None:
    container = container_in(tmp_path)
    app = create_app(container)
    container.store().disconnect()
    served = {
        (method.method, route.path)
        for route in inspect_routes(app)
        for method in route.methods
        if not method.internal
    }

    heads = {(method, path) for method, path in served if method == "HEAD"}
    assert heads == {("HEAD", path) for method, path in served if method == "GET"}
    assert operations(document) == served - UNLISTED - heads
    assert served >= UNLISTED


def test_each_operation_has_an_id_of_its_own_and_says_who_may_call_it(document: Document) -> None:
    described = [o for methods in document["paths"].values() for o in methods.values()]

    ids = [operation["operationId"] for operation in described]
    assert len(set(ids)) == len(ids)
    for operation in described:
        assert operation["security"] in (
            [],
            [{"accessToken": []}],
            [{"accessToken": []}, {"refreshCookie": []}],
        )
        guarded = operation["security"] != []
        assert ("401" in operation["responses"]) >= guarded


def test_what_has_a_pattern_has_an_example_that_people_can_read(document: Document) -> None:
    """Else Swagger UI makes one up of the pattern, and fills the request in with noise."""
    schemas = document["components"]["schemas"]
    requests = [schema for name, schema in schemas.items() if name.endswith("Request")]
    members = [member for schema in requests for member in schema["properties"].values()]
    patterned = [member for member in members if "pattern" in member]

    assert len(patterned) > 5
    for member in patterned:
        for example in member["examples"]:
            OAS31Validator(member).validate(example)


def test_what_an_answer_links_to_is_there_and_takes_what_is_given(document: Document) -> None:
    described = [o for methods in document["paths"].values() for o in methods.values()]
    by_id = {operation["operationId"]: operation for operation in described}
    answers = [answer for operation in described for answer in operation["responses"].values()]
    links = [link for answer in answers for link in answer.get("links", {}).values()]

    assert {"logIn", "refreshToken", "logOut", "changeTask"} <= {
        link["operationId"] for link in links
    }
    for link in links:
        target = by_id[link["operationId"]]
        named = {parameter["name"] for parameter in target.get("parameters", ())}
        assert set(link.get("parameters", ())) <= named
        assert ("requestBody" in link) <= ("requestBody" in target)


NEW = "another good horse"


@dataclass
class Examiner:
    """Sends requests, and holds each answer against what the document says of it."""

    client: httpx.Client
    document: Document
    seen: set[tuple[str, str]] = field(default_factory=set)

    def __call__(
        self, method: str, template: str, named: Any = 1, **options: Any
    ) -> httpx.Response:
        path = template.format(number=named, session_id=named)
        answer = self.client.request(method, path, **options)
        operation = self.document["paths"][template][method.lower()]
        assert str(answer.status_code) in operation["responses"], (method, template, answer.text)
        described = operation["responses"][str(answer.status_code)]
        assert {name.lower() for name in described.get("headers", {})} <= set(answer.headers)
        content = described.get("content")
        if content is None:
            assert answer.content == b""
        else:
            ((media_type, described_content),) = content.items()
            assert answer.headers["Content-Type"].partition(";")[0] == media_type
            self._validate(answer.json(), described_content["schema"])
        self.seen.add((method, template))
        return answer

    def _validate(self, body: Any, schema: dict[str, Any]) -> None:
        whole = {**schema, "components": self.document["components"]}
        OAS31Validator(whole, format_checker=OAS31Validator.FORMAT_CHECKER).validate(body)
        self._undescribed(body, schema)

    def _undescribed(self, body: Any, schema: dict[str, Any]) -> None:
        if "$ref" in schema:
            schema = self.document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        for item in body if isinstance(body, list) else ():
            self._undescribed(item, schema["items"])
        if isinstance(body, dict) and schema.get("additionalProperties") is not True:
            assert set(body) <= set(schema["properties"])


@pytest.fixture
def ask(anonymous: httpx.Client, document: Document) -> Examiner:
    return Examiner(anonymous, document)


def test_what_a_whole_session_is_answered_is_what_is_described(
    ask: Examiner, server: RunningServer
) -> None:
    person = sign_up(ask.client)
    log_in = {"email": person.email, "password": PASSWORD}
    tokens = ask("POST", "/api/users/login", json=log_in).json()
    own = {"headers": bearer(tokens)}

    ask("POST", "/api/users/signup", json=signup_body(f"other-{person.email}"))
    ask("GET", "/api/users/info", **own)
    ask("PUT", "/api/users/info", json={"lastName": "King"}, **own)
    ask("POST", "/api/tasks", json={"name": "x"}, **own)
    task = ask("GET", "/api/tasks/{number}", **own).json()
    ask("PUT", "/api/tasks", json=task, **own)
    ask("GET", "/api/tasks", **own)
    ask("DELETE", "/api/tasks/{number}", **own)
    ask("POST", "/api/users/refresh_token", json={"refreshToken": tokens["refreshToken"]})
    elsewhere = person.log_in(ask.client)
    ask("GET", "/api/sessions", **own)
    ask("DELETE", "/api/sessions/{session_id}", elsewhere["sessionId"], **own)
    ask("DELETE", "/api/sessions", **own)
    again = ask("POST", "/api/users/reauthenticate", json={"password": PASSWORD}, **own).json()
    own = {"headers": bearer(again)}
    ask("GET", "/api/users/security-events", **own)
    ask("GET", "/api/users/second-factor", **own)
    begun = ask("POST", "/api/users/second-factor", json=log_in).json()
    confirm = "/api/users/second-factor/confirm"
    with_shown(begun["secret"], lambda code: ask("POST", confirm, json={"code": code}, **own))
    ask("GET", "/api/users/second-factor", **own)
    ask("GET", "/api/users/export", **own)
    proof = {"password": PASSWORD, "code": begun["recoveryCodes"][0]}
    codes = ask("POST", "/api/users/second-factor/recovery-codes", json=proof, **own).json()
    proof = {"password": PASSWORD, "code": codes["recoveryCodes"][0]}
    ask("POST", "/api/users/second-factor/remove", json=proof, **own)
    reset = {"token": made_link(server, person), "password": PASSWORD, "confirmPassword": PASSWORD}
    ask("POST", "/api/users/reset_password", json=reset)
    own = {"headers": bearer(person.log_in(ask.client))}
    change = {"currentPassword": PASSWORD, "newPassword": NEW, "confirmPassword": NEW}
    ask("PUT", "/api/users/password", json=change, **own)
    ask("POST", "/api/users/logout", **own)
    again = bearer(Person(person.email, NEW).log_in(ask.client))
    ask("POST", "/api/users/delete_account", json={"password": NEW}, headers=again)
    for public in ("/.well-known/jwks.json", "/healthz", "/readyz", PATH):
        ask("GET", public)

    assert ask.seen == operations(ask.document)


def test_what_is_refused_is_described_too(ask: Examiner) -> None:
    person = sign_up(ask.client)
    own = {"headers": bearer(person.log_in(ask.client))}
    too_long: dict[str, Any] = {"content": b" " * 70_000}
    as_json = {"Content-Type": "application/json"}
    mismatch = signup_body("x@example.org", confirmPassword="another")

    statuses = [
        ask("POST", "/api/users/signup", json={}).status_code,
        ask("POST", "/api/users/signup", json=signup_body(person.email)).status_code,
        ask("POST", "/api/users/signup", json=mismatch).status_code,
        ask("POST", "/api/users/signup", headers=as_json, **too_long).status_code,
        ask("POST", "/api/users/login", json={}).status_code,
        ask("POST", "/api/users/login", json={"email": "a", "password": "b"}).status_code,
        ask("POST", "/api/users/login", content=b"").status_code,
        ask("POST", "/api/users/refresh_token", json={}).status_code,
        ask("POST", "/api/users/refresh_token", json={"refreshToken": "x"}).status_code,
        ask("GET", "/api/tasks").status_code,
        ask("GET", "/api/tasks", headers={"Authorization": "Bearer x"}).status_code,
        ask("POST", "/api/users/logout").status_code,
        ask("POST", "/api/tasks", json={"name": ""}, **own).status_code,
        ask("PUT", "/api/tasks", json={"id": 7}, **own).status_code,
        ask("GET", "/api/tasks/{number}", 7, **own).status_code,
        ask("DELETE", "/api/tasks/{number}", "x", **own).status_code,
    ]

    assert statuses == [
        *(400, 422, 422, 413),
        *(400, 401, 415),
        *(400, 400),
        *(401, 401, 401),
        *(400, 404, 404, 404),
    ]


def test_request_bodies_that_are_accepted_are_described(
    document: Document, anonymous: httpx.Client
) -> None:
    body = document["paths"]["/api/tasks"]["put"]["requestBody"]["content"]["application/json"]
    whole = {**body["schema"], "components": document["components"]}
    validator = OAS31Validator(whole, format_checker=OAS31Validator.FORMAT_CHECKER)
    own = bearer(sign_up(anonymous).log_in(anonymous))
    task = anonymous.post("/api/tasks", json={"name": "x"}, headers=own).json()

    for accepted in (task, {"id": 1}, {"id": 1.0}, {"id": 1, "isCompleted": True}):
        assert validator.is_valid(accepted)
        assert anonymous.put("/api/tasks", json=accepted, headers=own).status_code == 200
    for refused in (
        {},
        {"id": 0},
        {"id": 1.5},
        {"id": True},
        {"id": 1, "name": None},
        {"id": 1, "x": 1},
        {"id": "1"},
    ):
        assert not validator.is_valid(refused)
        assert anonymous.put("/api/tasks", json=refused, headers=own).status_code == 400


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/docs", "text/html"),
        ("/docs/start.js", "text/javascript"),
        ("/docs/swagger_bundle.js", "text/javascript"),
        ("/docs/swagger_style.css", "text/css"),
    ],
)
def test_the_page_that_shows_it_comes_from_here(
    anonymous: httpx.Client, path: str, media_type: str
) -> None:
    answer = anonymous.get(path)

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == f"{media_type}; charset=utf-8"
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


def test_the_page_names_only_files_that_are_there(anonymous: httpx.Client) -> None:
    page = anonymous.get("/docs").text
    named = [part.partition('"')[0] for part in page.split('="')[1:]]
    files = [name for name in named if name.startswith("/")]

    assert len(files) == 3
    for file in files:
        assert anonymous.get(file).status_code == 200
    assert "<script>" not in page
    assert PATH in anonymous.get("/docs/start.js").text
    for missing in ("/docs/", "/docs/nothing.js", "/docs/..%2fopenapi.py", "/docs/x/y"):
        assert anonymous.get(missing).status_code == 404
