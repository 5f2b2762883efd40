"""The OpenAPI 3.1 document, made at start from the declarations that guard the requests."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

import orjson
from falcon import Request, Response
from pydantic import TypeAdapter

from domain.errors import DomainError
from domain.session import InvalidAccessToken
from entrypoints.http.errors import status_of
from entrypoints.http.operation import Access, Answer, Link, Operation, Parameter, operation
from entrypoints.http.refresh_cookie import NAME, PLAIN_NAME
from entrypoints.http.schemas import Problem

PATH = "/api/openapi.json"
_REFERENCE = "#/components/schemas/{model}"
_PATH_SCHEMAS = {
    "number": {"type": "integer", "minimum": 1, "maximum": 2**53 - 1},
    "session_id": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
}
_SECURITY: dict[Access, list[dict[str, list[str]]]] = {
    Access.PUBLIC: [],
    Access.SIGNED_IN: [{"accessToken": []}],
    Access.SIGNED_IN_OR_COOKIE: [{"accessToken": []}, {"refreshCookie": []}],
}
_IF_NONE_MATCH = Parameter(
    "If-None-Match", "header", "The entity tag of what you have (RFC 9110)", {"type": "string"}
)
_PARAMETER = re.compile(r"\{(\w+)\}")


class OpenApiResource:
    def __init__(self, operations: Mapping[tuple[str, str], Operation]) -> None:
        self._operations = operations
        self._document: bytes | None = None

    @operation(
        Operation(
            id="getDescription",
            summary="This description",
            access=Access.PUBLIC,
            answer=Answer(200, "OpenAPI 3.1", dict[str, Any]),
        )
    )
    def on_get(self, _req: Request, resp: Response) -> None:
        if self._document is None:
            self._document = orjson.dumps(describe(self._operations))
        resp.data = self._document


def describe(operations: Mapping[tuple[str, str], Operation]) -> dict[str, Any]:
    """The document as plain data; ``operations`` are keyed by URI template and method."""
    listed = {key: declared for key, declared in operations.items() if declared.listed}
    references, components = _schemas(listed)
    paths: dict[str, Any] = {}
    for (path, method), declared in listed.items():
        paths.setdefault(path, {})[method.lower()] = _describe(path, declared, references)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Taskward",
            "description": "Sign up, log in, and send the access token as a bearer token.",
            "version": version("taskward"),
            "license": {"name": "MIT"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "accessToken": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "refreshCookie": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": NAME,
                    "description": f"Over plain http, on loopback alone, it is {PLAIN_NAME}.",
                },
            },
        },
    }


def _schemas(
    operations: Mapping[tuple[str, str], Operation],
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A reference for each schema, by the type's ``repr``, and the components they refer to."""
    bodies = {declared.body for declared in operations.values() if declared.body}
    answers = [declared.answer.schema for declared in operations.values()]
    inputs: list[Any] = [
        *((repr(body), "validation", TypeAdapter(body)) for body in bodies),
        *((repr(a), "serialization", TypeAdapter(a)) for a in (*answers, Problem) if a is not None),
    ]
    unique = {key: (key, mode, adapter) for key, mode, adapter in inputs}
    references, definitions = TypeAdapter.json_schemas(unique.values(), ref_template=_REFERENCE)
    by_type = {key: reference for (key, _), reference in references.items()}
    return by_type, dict(sorted(definitions["$defs"].items()))


def _describe(path: str, declared: Operation, references: dict[str, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": declared.id,
        "tags": [_tag(path)],
        "summary": declared.summary,
        "security": _SECURITY[declared.access],
        "responses": _responses(declared, references),
    }
    parameters = [_path_parameter(name) for name in _PARAMETER.findall(path)]
    parameters += [_parameter(parameter) for parameter in declared.parameters]
    if declared.answer.conditional:
        parameters.append(_parameter(_IF_NONE_MATCH))
    if parameters:
        described["parameters"] = parameters
    if declared.body:
        content = {"application/json": {"schema": references[repr(declared.body)]}}
        described["requestBody"] = {"required": True, "content": content}
    return described


def _tag(path: str) -> str:
    """Under what Swagger UI shows it."""
    return path.split("/")[2] if path.startswith("/api/") and path != PATH else "service"


def _path_parameter(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": _PATH_SCHEMAS[name]}


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": parameter.place,
        "description": parameter.description,
        "schema": parameter.schema,
    }


def _responses(declared: Operation, references: dict[str, Any]) -> dict[str, Any]:
    answer = declared.answer
    success: dict[str, Any] = {"description": answer.description}
    if answer.schema is not None:
        success["content"] = {answer.media_type: {"schema": references[repr(answer.schema)]}}
    if answer.headers:
        success["headers"] = {
            name: {"description": description, "schema": {"type": "string"}}
            for name, description in answer.headers.items()
        }
    if answer.links:
        success["links"] = {link.operation_id: _link(link) for link in answer.links}
    problem = {"application/problem+json": {"schema": references[repr(Problem)]}}
    errors = {
        str(status): {"description": description, "content": problem}
        for status, description in _errors(declared).items()
    }
    unchanged = {"304": {"description": "What you have is current."}} if answer.conditional else {}
    return {str(answer.status): success, **unchanged, **errors}


def _link(link: Link) -> dict[str, Any]:
    described: dict[str, Any] = {"operationId": link.operation_id}
    if link.parameters:
        described["parameters"] = link.parameters
    if link.body:
        described["requestBody"] = link.body
    return described


def _errors(declared: Operation) -> dict[int, str]:
    """What can be refused, by status; several of one status share a line."""
    refusals: list[type[DomainError]] = list(declared.errors)
    if declared.access is not Access.PUBLIC:
        refusals.append(InvalidAccessToken)
    described: dict[int, list[str]] = {}
    for refusal in refusals:
        described.setdefault(status_of(refusal).value, []).append(
            f"{refusal.code}: {refusal.sentence}"
        )
    if declared.body:
        for status in (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNSUPPORTED_MEDIA_TYPE):
            described.setdefault(status.value, []).append(status.phrase)
    return {status: " ".join(lines) for status, lines in sorted(described.items())}
