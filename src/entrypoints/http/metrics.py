"""Counts and durations for Prometheus, added up across the worker processes."""

from typing import Any

from falcon import Request, Response
from prometheus_client import Counter, Histogram

from entrypoints.http.telemetry import method_of


class RequestMetrics:
    """Counts and durations by route, for Prometheus."""

    def __init__(self) -> None:
        self._requests = Counter(
            "taskward_http_requests",
            "Requests answered",
            ["method", "route", "status"],
        )
        self._seconds = Histogram(
            "taskward_http_request_seconds",
            "Time to answer",
            ["method", "route"],
            buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
        )
        self._bound: dict[tuple[str, str, int], tuple[Any, Any]] = {}

    def __call__(self, req: Request, resp: Response, nanoseconds: int) -> None:
        key = (method_of(req), req.uri_template or "none", resp.status_code)
        bound = self._bound.get(key) or self._bind(*key)
        bound[0].inc()
        bound[1].observe(nanoseconds / 1e9)

    def _bind(self, method: str, route: str, status: int) -> tuple[Any, Any]:
        return self._bound.setdefault(
            (method, route, status),
            (
                self._requests.labels(method, route, str(status)),
                self._seconds.labels(method, route),
            ),
        )
