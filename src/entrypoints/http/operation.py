"""What a responder declares about itself, for the gate that guards it and for OpenAPI."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Literal, TypeVar

from domain.errors import DomainError
from entrypoints.http.request_body import RequestBody

Responder = TypeVar("Responder", bound=Callable[..., None])


class Access(Enum):
    PUBLIC = "public"
    SIGNED_IN = "signed in"
    SIGNED_IN_OR_COOKIE = "signed in, or by refresh cookie where no access token is sent"


@dataclass(frozen=True, slots=True)
class Link:
    """What may be asked next with what has been answered (OpenAPI 3.1, section 4.8.20).

    The values of ``parameters`` and ``body`` are runtime expressions such as
    ``$response.body#/id``.
    """

    operation_id: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful answer. ``schema`` is what pydantic describes, or None for no body.

    A ``conditional`` one is spared a client that sends If-None-Match with the tag it has: 304.
    """

    status: int
    description: str
    schema: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = "application/json"
    conditional: bool = False
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Parameter:
    """One in the query or a header; those in the path are known from the route."""

    name: str
    place: Literal["query", "header"]
    description: str
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Operation:
    id: str
    summary: str
    access: Access
    answer: Answer
    body: type[RequestBody] | None = None
    errors: tuple[type[DomainError], ...] = ()
    parameters: tuple[Parameter, ...] = ()
    listed: bool = True


def operation(declared: Operation) -> Callable[[Responder], Responder]:
    """Attach the declaration to a responder; the responder itself is left as it is."""

    def attach(responder: Responder) -> Responder:
        responder.operation = declared  # type: ignore[attr-defined] # of a function
        return responder

    return attach
