"""From the bytes of a request to a validated model, in one step."""

import re
from typing import Any, ClassVar, TypeVar

from falcon import HTTPBadRequest, HTTPContentTooLarge, HTTPUnsupportedMediaType, Request
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails, PydanticCustomError, from_json

from domain.errors import Invalid

MAX_BYTES = 64 * 1024
MAX_BYTES_DISCARDED = 1024 * 1024

# In a valid document every string is matched whole, so one followed by a colon is a member's name.
_STRING = re.compile(rb'("(?:[^"\\]|\\.)*")(\s*:)?', re.DOTALL)

# A string's text may look like this, too: there are never fewer of these than names.
_END_OF_NAME = re.compile(rb'"\s*:')


class RequestBody(BaseModel):
    """Members match case-insensitively; unknown, repeated and null ones are refused by name."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        frozen=True,
        alias_generator=to_camel,
        hide_input_in_errors=True,
    )

    invalid: ClassVar[type[Invalid]]
    _members: ClassVar[dict[str, str]]

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        cls._members = {
            (field.alias or name).lower(): field.alias or name
            for name, field in cls.model_fields.items()
        }

    @model_validator(mode="before")
    @classmethod
    def _match_case_insensitively(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        for name, value in data.items():
            if value is None:
                raise PydanticCustomError("null", "{member}", {"member": name})
        return {cls._members.get(name.lower(), name): value for name, value in data.items()}


Body = TypeVar("Body", bound=RequestBody)


def read_body(req: Request, model: type[Body]) -> Body:
    """The request's body as ``model``.

    Raises the model's ``invalid`` error with a sentence that names the member, and Falcon's 413
    and 415.
    """
    _require_json(req)
    document = _read(req)
    try:
        body = model.model_validate_json(document)
    except ValidationError as error:
        raise model.invalid(_sentence(error.errors(include_url=False)[0])) from error
    repeated = _repeated_member(document, len(body.model_fields_set))
    if repeated is not None:
        raise model.invalid(f'The member "{repeated}" stands more than once in the body.')
    return body


def _require_json(req: Request) -> None:
    media_type, _, parameters = (req.content_type or "").lower().partition(";")
    if media_type.strip() != "application/json" or parameters.strip() not in _CHARSETS:
        raise HTTPUnsupportedMediaType(description="Send JSON, as Content-Type: application/json.")


_CHARSETS = {"", "charset=utf-8", 'charset="utf-8"'}


def _read(req: Request) -> bytes:
    req.context.is_body_read = True
    document: bytes = req.stream.read(MAX_BYTES + 1)
    if len(document) <= MAX_BYTES:
        if len(document) < (req.content_length or 0):
            raise HTTPBadRequest(description="The body ended before its Content-Length.")
        return document
    # A client that is still sending would see the connection break instead of the answer.
    req.stream.read(MAX_BYTES_DISCARDED)
    raise HTTPContentTooLarge(description=f"A body has at most {MAX_BYTES // 1024} KiB.")


def _repeated_member(document: bytes, different_members: int) -> str | None:
    if len(_END_OF_NAME.findall(document)) == different_members:
        return None
    seen: set[str] = set()
    for text, colon in _STRING.findall(document):
        if colon:
            name: str = from_json(text)
            if name.lower() in seen:
                return name
            seen.add(name.lower())
    return None


def _sentence(error: ErrorDetails) -> str:
    member = ".".join(str(part) for part in error["loc"])
    match error["type"]:
        case "json_invalid":
            return f"The body is not valid JSON: {error['ctx']['error']}."
        case "null":
            return f'The member "{error["msg"][:64]}" is null. Leave it out instead.'
        case "missing":
            return f'The member "{member}" is missing.'
        case "extra_forbidden":
            return f'The member "{member[:64]}" is not known here.'
        case _ if not member:
            return "The body must be a JSON object."
        case _:
            return f'The member "{member}" is wrong: {error["msg"].removeprefix("Value error, ")}.'
