"""How refusals and faults are answered: the only map from a kind of error to a status."""

import math
import traceback
from http import HTTPStatus
from pathlib import Path
from typing import Any

import falcon
import orjson
from falcon import Request, Response

from domain.errors import (
    Conflict,
    DomainError,
    Forbidden,
    Invalid,
    NotFound,
    PreconditionFailed,
    Rejected,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
)
from domain.session import InvalidAccessToken
from domain.user import UserGone
from entrypoints.http.schemas import Problem

STATUS_OF_KIND: dict[type[DomainError], HTTPStatus] = {
    Invalid: HTTPStatus.BAD_REQUEST,
    Unauthenticated: HTTPStatus.UNAUTHORIZED,
    Forbidden: HTTPStatus.FORBIDDEN,
    NotFound: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    PreconditionFailed: HTTPStatus.PRECONDITION_FAILED,
    Rejected: HTTPStatus.UNPROCESSABLE_ENTITY,
    TooManyRequests: HTTPStatus.TOO_MANY_REQUESTS,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}

# Falcon's own refusals. Their phrases differ between versions of Python; a code must not.
_CODES = {
    HTTPStatus.BAD_REQUEST: "bad_request",
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.METHOD_NOT_ALLOWED: "method_not_allowed",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "content_too_large",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "unsupported_media_type",
}

_INVALID_TOKEN = 'Bearer error="invalid_token", error_description="{}"'


def status_of(error: type[DomainError]) -> HTTPStatus:
    return next(status for kind, status in STATUS_OF_KIND.items() if issubclass(error, kind))


def install(app: "falcon.App[Any, Any]") -> None:
    app.add_error_handler(Exception, _answer_fault)
    app.add_error_handler(falcon.HTTPError, _answer_http_error)
    app.add_error_handler(DomainError, _answer_refusal)


def _answer_refusal(req: Request, resp: Response, error: DomainError, _: object) -> None:
    _write_problem(req, resp, status_of(type(error)), str(error), error.code)
    if isinstance(error, Unauthenticated):
        resp.set_header("WWW-Authenticate", _challenge(error))
    if isinstance(error, (TooManyRequests, Unavailable)):
        resp.set_header("Retry-After", str(max(1, math.ceil(error.retry_after.total_seconds()))))


def _challenge(error: Unauthenticated) -> str:
    if isinstance(error, (InvalidAccessToken, UserGone)):
        return _INVALID_TOKEN.format(error)
    return "Bearer"


def _answer_http_error(req: Request, resp: Response, error: falcon.HTTPError, _: object) -> None:
    status = HTTPStatus(error.status_code)
    resp.set_headers(dict(error.headers or {}))
    sentence = error.description or f"{status.phrase}: {status.description or 'not possible here'}."
    _write_problem(req, resp, status, sentence, _CODES.get(status, "http"))


def _answer_fault(req: Request, resp: Response, error: Exception, _: object) -> None:
    req.context.fault = _where(error)
    _write_problem(
        req,
        resp,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "Something went wrong on our side. It has been logged under this request's id.",
        "internal",
    )


def _where(error: Exception) -> str:
    """The kind of error and where it came from. Its message may hold what was sent: left out."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    path = " < ".join(f"{Path(f.filename).stem}:{f.lineno} {f.name}" for f in reversed(frames))
    return f"{type(error).__module__}.{type(error).__qualname__} at {path}"


def _write_problem(
    req: Request, resp: Response, status: HTTPStatus, sentence: str, code: str
) -> None:
    problem = Problem(
        type="about:blank",
        title=status.phrase,
        status=status.value,
        detail=sentence,
        error=sentence,
        errorCode=code,
        requestId=req.context.request_id,
    )
    req.context.error_code = code
    resp.status = falcon.code_to_http_status(status.value)
    resp.content_type = "application/problem+json"
    resp.data = orjson.dumps(problem)
