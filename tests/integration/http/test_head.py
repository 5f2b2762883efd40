"""HEAD, which monitors and caches send to learn of an answer without its body."""

import httpx
import pytest

from tests.integration.http.problems import assert_problem

# These differ from answer to answer.
VOLATILE = {"date", "x-request-id"}


def headers_of(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name not in VOLATILE}


@pytest.mark.parametrize(
    "path", ["/", "/healthz", "/readyz", "/docs", "/api/openapi.json", "/.well-known/jwks.json"]
)
def test_is_answered_as_a_get_without_the_body(anonymous: httpx.Client, path: str) -> None:
    whole, head = anonymous.get(path), anonymous.head(path)

    assert (head.status_code, head.content) == (200, b"")
    assert headers_of(head) == headers_of(whole)


def test_passes_the_same_gate(anonymous: httpx.Client, person: httpx.Client) -> None:
    refused, answered = anonymous.head("/api/tasks"), person.head("/api/tasks")

    assert (refused.status_code, refused.content) == (401, b"")
    assert refused.headers["WWW-Authenticate"] == "Bearer"
    assert (answered.status_code, answered.content) == (200, b"")
    assert answered.headers["ETag"] == person.get("/api/tasks").headers["ETag"]


def test_is_told_as_a_get_would_be_that_nothing_has_changed(person: httpx.Client) -> None:
    tag = person.get("/api/tasks").headers["ETag"]

    answer = person.head("/api/tasks", headers={"If-None-Match": tag})

    assert (answer.status_code, answer.content) == (304, b"")


def test_leaves_the_connection_good_for_the_next_request(person: httpx.Client) -> None:
    for _ in range(3):
        assert person.head("/api/tasks").status_code == 200
        assert person.get("/api/tasks").status_code == 200


def test_is_refused_where_there_is_nothing_to_get(person: httpx.Client) -> None:
    assert person.head("/api/users/logout").status_code == 405
    assert_problem(person.get("/api/users/logout"), 405, "method_not_allowed")


def test_is_named_wherever_a_get_is_allowed(person: httpx.Client) -> None:
    asked, refused = person.options("/healthz"), person.patch("/api/tasks")

    assert asked.headers["Allow"] == "GET, HEAD"
    assert refused.headers["Allow"] == "GET, HEAD, POST, PUT, OPTIONS"
    assert "HEAD" not in person.options("/api/users/logout").headers["Allow"]
