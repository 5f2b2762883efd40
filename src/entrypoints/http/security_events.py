import re
from datetime import UTC, datetime, timedelta

import orjson
from falcon import Request, Response

from application.accounts.list_security_events import MAX_PAGE, ListSecurityEvents
from domain.errors import Invalid
from domain.security_event import SecurityEvent, SecurityEventId, SecurityEventPosition
from entrypoints.http.authentication import caller
from entrypoints.http.operation import Access, Answer, Link, Operation, Parameter, operation
from entrypoints.http.schemas import SecurityEventAnswer, SecurityEventPageAnswer
from entrypoints.http.user_agent import in_words

_DEFAULT_PAGE = 50
_LIMIT = re.compile(r"[1-9][0-9]{0,2}")
# Microseconds since 1970, and the id: whatever looks like a position is one.
_POSITION = re.compile(r"([0-9]{1,17})-([0-9a-f]{32})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class InvalidPage(Invalid):
    code = "E01"
    sentence = "There is no such page."


class SecurityEventsResource:
    def __init__(self, list_security_events: ListSecurityEvents) -> None:
        self._list_security_events = list_security_events

    @operation(
        Operation(
            id="listSecurityEvents",
            summary="What happened to your account",
            access=Access.SIGNED_IN,
            answer=Answer(
                200,
                "The events, newest first.",
                SecurityEventPageAnswer,
                links=(Link("listSecurityEvents", {"before": "$response.body#/next"}),),
            ),
            errors=(InvalidPage,),
            parameters=(
                Parameter(
                    "limit",
                    "query",
                    "How many events at most.",
                    {
                        "type": "integer",
                        "minimum": 1,
                        "maximum": MAX_PAGE,
                        "default": _DEFAULT_PAGE,
                    },
                ),
                Parameter(
                    "before",
                    "query",
                    "The ``next`` of the page before.",
                    {"type": "string", "pattern": f"^{_POSITION.pattern}$"},
                ),
            ),
        )
    )
    def on_get(self, req: Request, resp: Response) -> None:
        page = self._list_security_events(caller(req).user_id, _before(req), _limit(req))
        answer = SecurityEventPageAnswer(
            events=[event_answer(event) for event in page.events],
            next=None if page.next is None else _position_text(page.next),
        )
        resp.data = orjson.dumps(answer, option=orjson.OPT_UTC_Z)


def event_answer(event: SecurityEvent) -> SecurityEventAnswer:
    browser, system = in_words(event.client.user_agent)
    return SecurityEventAnswer(
        id=event.id.hex(),
        kind=event.kind,
        at=event.at,
        sessionId=None if event.session_id is None else event.session_id.hex(),
        address=event.client.ip_address,
        browser=browser,
        system=system,
        detail=event.detail,
    )


def _limit(req: Request) -> int:
    text = _parameter(req, "limit")
    if text is None:
        return _DEFAULT_PAGE
    if not _LIMIT.fullmatch(text) or int(text) > MAX_PAGE:
        raise InvalidPage(f'"limit" must be a number from 1 to {MAX_PAGE}.')
    return int(text)


def _before(req: Request) -> SecurityEventPosition | None:
    text = _parameter(req, "before")
    if text is None:
        return None
    match = _POSITION.fullmatch(text)
    if match is None:
        raise InvalidPage('"before" must be the "next" of a page.')
    at = _EPOCH + int(match[1]) * _MICROSECOND
    return SecurityEventPosition(at, SecurityEventId(bytes.fromhex(match[2])))


def _parameter(req: Request, name: str) -> str | None:
    value: str | list[str] | None = req.params.get(name)
    if isinstance(value, list):
        raise InvalidPage(f'"{name}" stands more than once in the query.')
    return value


def _position_text(position: SecurityEventPosition) -> str:
    return f"{(position.at - _EPOCH) // _MICROSECOND}-{position.id.hex()}"
