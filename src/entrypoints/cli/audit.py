import json
from collections.abc import Iterator
from itertools import islice
from typing import Annotated

import typer

from application.accounts.list_security_events import MAX_PAGE, ListSecurityEvents
from domain.security_event import SecurityEvent, SecurityEventKind
from entrypoints.cli.start import start

_KIND_WIDTH = max(map(len, SecurityEventKind))


def audit(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="How many events at most.")] = 100,
) -> None:
    """What happened to all accounts, newest first."""
    _, container = start()
    describe = _as_json if as_json else _as_text
    for event in islice(_events(container.list_security_events()), limit):
        typer.echo(describe(event))


def _events(list_security_events: ListSecurityEvents) -> Iterator[SecurityEvent]:
    before = None
    while True:
        page = list_security_events.of_all(before, MAX_PAGE)
        yield from page.events
        before = page.next
        if before is None:
            return


def _as_text(event: SecurityEvent) -> str:
    """Without what the client calls itself, which could steer a terminal."""
    who = f"user {event.user_id}" if event.user_id else "nobody known"
    where = event.client.ip_address or "-"
    when = f"{event.at:%Y-%m-%d %H:%M:%S} UTC"
    kind = f"{event.kind:{_KIND_WIDTH}}"
    return f"{when}  {kind}  {who:22}  {where:15}  {event.detail}".rstrip()


def _as_json(event: SecurityEvent) -> str:
    return json.dumps(
        {
            "id": event.id.hex(),
            "at": event.at.isoformat().replace("+00:00", "Z"),
            "kind": event.kind,
            "userId": event.user_id,
            "sessionId": event.session_id.hex() if event.session_id else None,
            "address": event.client.ip_address,
            "userAgent": event.client.user_agent,
            "label": event.client.label,
            "detail": event.detail,
        }
    )
