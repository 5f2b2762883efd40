"""The log that a person runs a service on."""

import sys
from collections.abc import Callable
from threading import Lock
from typing import Any

import orjson
from falcon import Request, Response

from application.ports.clock import Clock
from entrypoints.http.log_stream import LogStream
from entrypoints.http.telemetry import method_of


class AccessLog:
    """One line a request. Never a token, a password, a body or a query string.

    The path is told as its route, since a path may hold what a person typed. Where there is no
    room for a line, it is dropped, and the next one that goes tells how many were.
    """

    def __init__(
        self, clock: Clock, render: Callable[[dict[str, Any]], bytes], descriptor: int
    ) -> None:
        self._clock = clock
        self._render = render
        self._stream = LogStream(descriptor)
        self._dropped = 0
        self._lock = Lock()

    def __call__(self, req: Request, resp: Response, nanoseconds: int) -> None:
        context = req.context
        line: dict[str, Any] = {
            "time": self._clock.now(),
            "requestId": context.request_id,
            "method": method_of(req),
            "route": req.uri_template,
            "status": resp.status_code,
            "ms": nanoseconds / 1e6,
            "address": context.address,
        }
        if context.access is not None:
            line["user"] = context.access.user_id
            line["session"] = context.access.session_id.hex()
        if context.error_code is not None:
            line["errorCode"] = context.error_code
        if context.fault is not None:
            line["fault"] = context.fault
        with self._lock:
            if self._dropped:
                line["dropped"] = self._dropped
            self._dropped = 0 if self._stream.write(self._render(line)) else self._dropped + 1


def as_json(line: dict[str, Any]) -> bytes:
    return orjson.dumps(line, option=orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE)


def as_plain(line: dict[str, Any]) -> bytes:
    """For a person at a terminal."""
    text = (
        f"{line['time']:%H:%M:%S} {line['status']} {line['method']:6} {line['route'] or '-':30} "
        f"{line['ms']:7.1f} ms  {line['requestId']}"
    )
    for name in ("user", "errorCode", "fault", "dropped"):
        if name in line:
            text += f"  {name}={line[name]}"
    return text.encode() + b"\n"


def renderer(log_format: str) -> Callable[[dict[str, Any]], bytes]:
    plain = log_format == "plain" or (log_format == "auto" and sys.stdout.isatty())
    return as_plain if plain else as_json
