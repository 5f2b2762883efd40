"""What a responder declares about itself, for the gate that guards it and for OpenAPI."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeVar

from domain.errors import DomainError
from entrypoints.http.request_body import RequestBody

Responder = TypeVar("Responder", bound=Callable[..., None])


class Access(Enum):
    PUBLIC = "public"
    SIGNED_IN = "signed in"


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful answer. ``schema`` is what pydantic describes, or None for no body."""

    status: int
    description: str
    schema: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Operation:
    id: str
    summary: str
    access: Access
    answer: Answer
    body: type[RequestBody] | None = None
    errors: tuple[type[DomainError], ...] = ()
    listed: bool = True


def operation(declared: Operation) -> Callable[[Responder], Responder]:
    """Attach the declaration to a responder; the responder itself is left as it is."""

    def attach(responder: Responder) -> Responder:
        responder.operation = declared  # type: ignore[attr-defined]
        return responder

    return attach
