"""What is told about each request once it is answered, and to whom."""

import re
import secrets
from collections.abc import Callable, Sequence
from http import HTTPMethod
from itertools import count
from time import perf_counter_ns

from falcon import Request, Response

from entrypoints.http.proxies import TrustedProxies

_METHODS = frozenset(HTTPMethod)
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

Observer = Callable[[Request, Response, int], None]
"""Called with the nanoseconds that the answer took."""


def method_of(req: Request) -> str:
    """The method if it is a known one: any other is what a client has typed."""
    return req.method if req.method in _METHODS else "other"


class Telemetry:
    """Falcon middleware: gives each request its id, and tells the observers when it is over."""

    def __init__(self, observers: Sequence[Observer], proxies: TrustedProxies) -> None:
        self._observers = tuple(observers)
        self._proxies = proxies
        self._prefix = secrets.token_hex(6)
        self._count = count(1)

    def process_request(self, req: Request, resp: Response) -> None:
        context = req.context
        context.started = perf_counter_ns()
        offered = req.env.get("HTTP_X_REQUEST_ID")
        if offered and _REQUEST_ID.fullmatch(offered):
            context.request_id = offered
        else:
            context.request_id = f"{self._prefix}-{next(self._count):x}"
        context.address = self._proxies.address_of(req.env)
        context.access = context.error_code = context.fault = None
        context.is_body_read = False
        resp.set_header("X-Request-ID", context.request_id)

    def process_response(
        self, req: Request, resp: Response, _resource: object, _succeeded: bool
    ) -> None:
        nanoseconds = perf_counter_ns() - req.context.started
        for observe in self._observers:
            observe(req, resp, nanoseconds)
