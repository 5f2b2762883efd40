"""What a refusal must look like (RFC 9457)."""

from typing import Any

import httpx


def assert_problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    problem: dict[str, Any] = answer.json()
    assert (answer.status_code, problem["errorCode"]) == (status, code), answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert problem["status"] == status
    assert problem["error"] == problem["detail"]
    assert problem["requestId"] == answer.headers["X-Request-ID"]
    return problem
