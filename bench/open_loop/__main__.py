"""`python -m bench.open_loop`: requests at a steady rate, however long the answers take.

wrk asks again when it is answered, so that a server that halts is asked less meanwhile, and its
percentiles leave out those who would have waited ("coordinated omission"). Here each request has a
moment at which it is due, one after the other at equal distances. Its latency counts from then,
also when all connections were taken and it was sent later.

This process spins, so as to be on time: it needs a core of its own.
"""

import gc
import json
import select
import sys
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

from bench.open_loop.connection import Connection
from bench.open_loop.requests import REQUESTS, Requests

CONNECTIONS = 64
SECONDS_TO_START = 0.1


@dataclass(slots=True)
class Seen:
    """Latencies are in seconds."""

    latencies: list[float] = field(default_factory=list)
    refused: int = 0

    def percentile(self, share: float) -> float:
        """In microseconds, of latencies that are sorted."""
        return self.latencies[int(share * (len(self.latencies) - 1))] * 1e6


def main(kind: str, port: str, rate: str, seconds: str, path: str, *tokens_at: str) -> None:
    tokens = _tokens(*tokens_at)
    requests = REQUESTS[kind](path, tokens)
    gc.disable()
    began = time.perf_counter()
    seen = _drive(requests, int(port), float(rate), int(float(rate) * float(seconds)))
    took = time.perf_counter() - began - SECONDS_TO_START
    seen.latencies.sort()
    figures = {
        "requests": len(seen.latencies),
        "seconds": took,
        "p50": seen.percentile(0.5),
        "p95": seen.percentile(0.95),
        "p99": seen.percentile(0.99),
        "p999": seen.percentile(0.999),
        "longest": seen.percentile(1),
        "refused": seen.refused,
        "broken": 0,
    }
    print(json.dumps(figures))


def _tokens(file: str, skip: str, count: str) -> list[str]:
    return Path(file).read_text().splitlines()[int(skip) : int(skip) + int(count)]


def _drive(requests: Requests, port: int, rate: float, wanted: int) -> Seen:
    """Returns when all that are ``wanted`` have been sent and answered."""
    connections = [Connection(port) for _ in range(CONNECTIONS)]
    answering = {one.fileno(): one for one in connections}
    ready = select.epoll()
    for number in answering:
        ready.register(number, select.EPOLLIN)
    idle, sent, seen = deque(connections), 0, Seen()
    first_due = time.perf_counter() + SECONDS_TO_START
    while len(seen.latencies) < wanted:
        while sent < wanted and idle and (due := first_due + sent / rate) <= time.perf_counter():
            idle.popleft().send(requests.next(), due)
            sent += 1
        for number, _ in ready.poll(0 if idle and sent < wanted else 1):
            connection = answering[number]
            if answer := connection.receive():
                seen.latencies.append(time.perf_counter() - connection.due)
                seen.refused += answer.status >= 400
                requests.answered(answer.body)
                idle.append(connection)
    return seen


if __name__ == "__main__":
    main(*sys.argv[1:])
