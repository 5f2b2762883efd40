"""The shapes of requests (validated) and answers (typed dictionaries, serialized by orjson)."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Literal, NotRequired

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, Strict
from typing_extensions import TypedDict

from application.accounts.verify_credentials import InvalidLogin
from application.sessions.refresh import InvalidRefresh
from domain.errors import Invalid
from domain.password import MAX_LENGTH, MIN_LENGTH
from domain.task import MAX_NAME_LENGTH, InvalidTask
from domain.user import MAX_EMAIL_LENGTH, InvalidSignup
from domain.user import MAX_NAME_LENGTH as MAX_PERSON_NAME_LENGTH
from entrypoints.http.request_body import RequestBody


def _whole(number: object) -> object:
    """For JSON Schema, as for JavaScript, 1.0 is the integer 1."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


SafeInteger = Annotated[int, Field(ge=1, lt=2**53), BeforeValidator(_whole)]


def _described_without_null(schema: dict[str, Any]) -> None:
    del schema["default"]
    schema.update(schema.pop("anyOf")[0])


LeftOut: Any = Field(default=None, json_schema_extra=_described_without_null)
"""The default of a member that may be left out: None then, though null may not be sent."""


_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


def _is_rfc_3339(value: object) -> object:
    if not isinstance(value, str) or not _RFC_3339.fullmatch(value):
        raise ValueError("write it like 2024-05-06T07:08:09Z (RFC 3339)")
    return value


def _in_utc(instant: datetime) -> datetime:
    try:
        return instant.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("the time is out of range") from error


# Strictly, a datetime could not come from a string once a body's members have been matched.
Instant = Annotated[
    AwareDatetime, Strict(False), BeforeValidator(_is_rfc_3339), AfterValidator(_in_utc)
]


def _is_zero(number: int) -> int:
    if number:
        raise ValueError("it is given here, so leave it out")
    return number


# No Literal[0]: false is one, too.
Zero = Annotated[
    int,
    Field(json_schema_extra={"const": 0}),
    BeforeValidator(_whole),
    AfterValidator(_is_zero),
]
TaskName = Annotated[
    str,
    Field(
        max_length=MAX_NAME_LENGTH,
        json_schema_extra={
            "minLength": 1,
            "pattern": r"^[^\x00]*[^\s\x00][^\x00]*$",
            "examples": ["Book the ferry to Harwich"],
        },
    ),
]


def _without_nul(text: str) -> str:
    if "\x00" in text:
        raise ValueError("it must not contain the NUL character")
    return text


# PostgreSQL can't even look for it.
Email = Annotated[
    str,
    Field(
        json_schema_extra={
            "minLength": 1,
            "pattern": r"^[^\x00]*$",
            "examples": ["ada@example.org"],
        }
    ),
    AfterValidator(_without_nul),
]

# What the domain decides, as far as a schema can say it.
NewEmail = Annotated[
    str,
    Field(
        json_schema_extra={
            "maxLength": MAX_EMAIL_LENGTH,
            "pattern": r"^[^\s@\x00-\x1f\x7f]{1,64}@[^\s@\x00-\x1f\x7f]{1,253}$",
            "examples": ["ada@example.org"],
        }
    ),
]
PersonName = Annotated[
    str,
    Field(
        json_schema_extra={
            "minLength": 1,
            "maxLength": MAX_PERSON_NAME_LENGTH,
            "pattern": r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$",
            "examples": ["Ada"],
        }
    ),
]
NewPassword = Annotated[
    str,
    Field(
        json_schema_extra={
            "minLength": MIN_LENGTH,
            "maxLength": MAX_LENGTH,
            "examples": ["a walk along the shore"],
        }
    ),
]
Given = Annotated[str, Field(json_schema_extra={"minLength": 1})]
"""Left empty, it counts as missing."""

Label = Annotated[
    str, Field(max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$", examples=["Ada's laptop"])
]


Code = Annotated[str, Field(max_length=100, examples=["492039"])]
"""Of an authenticator app, or a recovery code: for accounts with a second factor."""


class SignupRequest(RequestBody):
    invalid: ClassVar[type[Invalid]] = InvalidSignup

    email: NewEmail
    password: NewPassword
    confirm_password: NewPassword
    first_name: PersonName
    last_name: PersonName
    ts: Instant | None = LeftOut
    """Accepted for the tutorial's clients; the server's clock decides."""


class ProfileRequest(RequestBody):
    """As much of the profile as shall change."""

    invalid: ClassVar[type[Invalid]] = InvalidSignup

    first_name: PersonName | None = LeftOut
    last_name: PersonName | None = LeftOut


class LoginRequest(RequestBody):
    invalid: ClassVar[type[Invalid]] = InvalidLogin

    email: Email
    password: Given
    code: Code | None = LeftOut
    client_label: Label | None = LeftOut
    """What the session shall be called in the list of sessions."""


class OwnerRequest(RequestBody):
    """What an account's owner gives again for what is sensitive."""

    invalid: ClassVar[type[Invalid]] = InvalidLogin

    password: str
    code: Code | None = LeftOut


class BeginSecondFactorRequest(RequestBody):
    invalid: ClassVar[type[Invalid]] = InvalidLogin

    email: Email
    password: Given


class ConfirmSecondFactorRequest(RequestBody):
    invalid: ClassVar[type[Invalid]] = InvalidLogin

    code: Annotated[Code, Field(min_length=1)]


class PasswordRequest(RequestBody):
    invalid: ClassVar[type[Invalid]] = InvalidLogin

    current_password: str
    code: Code | None = LeftOut
    new_password: NewPassword
    confirm_password: NewPassword


class PasswordResetRequest(RequestBody):
    invalid: ClassVar[type[Invalid]] = InvalidLogin

    token: Given
    """What stands behind the last slash of the link."""
    password: NewPassword
    confirm_password: NewPassword


class RefreshRequest(RequestBody):
    invalid: ClassVar[type[Invalid]] = InvalidRefresh

    refresh_token: Given
    user_id: SafeInteger | None = LeftOut


class AddTaskRequest(RequestBody):
    invalid: ClassVar[type[Invalid]] = InvalidTask

    name: TaskName
    is_completed: bool = False
    ts: Instant | None = LeftOut
    id: Zero | None = LeftOut


class ChangeTaskRequest(RequestBody):
    """A task as it was fetched, or as much of it as shall change."""

    invalid: ClassVar[type[Invalid]] = InvalidTask

    id: SafeInteger
    name: TaskName | None = LeftOut
    is_completed: bool | None = LeftOut
    ts: Instant | None = LeftOut
    version: SafeInteger | None = LeftOut
    """Read-only: accepted, since clients send what they fetched, and ignored."""


class SignupAnswer(TypedDict):
    userId: SafeInteger
    email: str


class TokenAnswer(TypedDict):
    """RFC 6749, section 5.1, in camelCase; ``expiresIn`` is in seconds.

    The refresh token is left out where it is in the cookie.
    """

    accessToken: str
    refreshToken: NotRequired[str]
    tokenType: Literal["Bearer"]
    expiresIn: Annotated[int, Field(ge=0)]
    userId: SafeInteger
    firstName: str
    sessionId: str


class UserAnswer(TypedDict):
    userId: SafeInteger
    email: str
    firstName: str
    lastName: str
    creationDate: datetime


class SecondFactorAnswer(TypedDict):
    """``isRequired`` where this server lets nobody log in without one."""

    isActive: bool
    isRequired: bool
    addedAt: datetime | None
    recoveryCodesLeft: Annotated[int, Field(ge=0)]


class PendingSecondFactorAnswer(TypedDict):
    """Shown once. A ``qrCode`` is of ``uri``: rows from the top, 1 for a dark module, no border."""

    uri: str
    secret: str
    qrCode: list[str]
    recoveryCodes: list[str]


class RecoveryCodesAnswer(TypedDict):
    """Shown once."""

    recoveryCodes: list[str]


class TaskAnswer(TypedDict):
    id: SafeInteger
    name: TaskName
    isCompleted: bool
    ts: datetime
    version: SafeInteger


class SessionAnswer(TypedDict):
    id: str
    label: str
    browser: str
    system: str
    address: str
    createdAt: datetime
    lastUsedAt: datetime
    isCurrent: bool


class SecurityEventAnswer(TypedDict):
    id: str
    kind: str
    at: datetime
    sessionId: str | None
    address: str
    browser: str
    system: str
    detail: str


class SecurityEventPageAnswer(TypedDict):
    """``next`` goes into ``before`` to get the following page; null on the last."""

    events: list[SecurityEventAnswer]
    next: str | None


class StoredSessionAnswer(TypedDict):
    """A session as it is stored, without the hash of its secret."""

    id: str
    label: str
    userAgent: str
    address: str
    createdAt: datetime
    authenticatedAt: datetime
    lastUsedAt: datetime
    idleExpiresAt: datetime
    expiresAt: datetime
    generation: int
    graceHits: int
    revokedAt: datetime | None
    revocationReason: str | None


class StoredSecurityEventAnswer(SecurityEventAnswer):
    """An event as it is stored, with what the client called itself, and how we read that."""

    label: str
    userAgent: str


class StoredSecondFactorAnswer(TypedDict):
    """As it is stored, without the seed and the hashes of recovery codes."""

    begunAt: datetime
    confirmedAt: datetime | None
    lastStep: int
    recoveryCodesLeft: int


class AccountExportAnswer(TypedDict):
    user: UserAnswer
    secondFactor: StoredSecondFactorAnswer | None
    tasks: list[TaskAnswer]
    sessions: list[StoredSessionAnswer]
    securityEvents: list[StoredSecurityEventAnswer]


class Problem(TypedDict):
    """RFC 9457, with the members that the tutorial's clients read: ``error`` and ``errorCode``."""

    type: str
    title: str
    status: int
    detail: str
    error: str
    errorCode: str
    requestId: str


class Health(TypedDict):
    status: Literal["ok"]


class JsonWebKeySet(TypedDict):
    keys: list[dict[str, Any]]
