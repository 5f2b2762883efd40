"""`python -m bench.open_loop`: requests at a steady rate, however long the answers take.

wrk asks again when it is answered, so that a server that halts is asked less meanwhile, and its
percentiles leave out those who would have waited ("coordinated omission"). Here each request has a
moment at which it is due, one after the other at equal distances. Its latency counts from then,
also when all connections were taken and it was sent later.

Until then this process sleeps: a host may hold a machine up whose cores are all busy.
"""

import ctypes
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
HELD_UP = 0.001
PR_SET_TIMERSLACK = 29


@dataclass(slots=True)
class Seen:
    """Latencies are in seconds."""

    latencies: list[float] = field(default_factory=list)
    refused: int = 0
    held_up: float = 0.0

    def percentile(self, share: float) -> float:
        """In microseconds, of latencies that are sorted."""
        return self.latencies[int(share * (len(self.latencies) - 1))] * 1e6


def main(kind: str, port: str, rate: str, seconds: str, path: str, *tokens_at: str) -> None:
    tokens = _tokens(*tokens_at)
    requests = REQUESTS[kind](path, tokens)
    gc.disable()
    # Else Linux lets a process sleep for 50 microseconds longer than it has asked for.
    ctypes.CDLL(None).prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0)
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
        "held_up_seconds": seen.held_up,
    }
    print(json.dumps(figures))


def _tokens(file: str, skip: str, count: str) -> list[str]:
    return Path(file).read_text().splitlines()[int(skip) : int(skip) + int(count)]


def _drive(requests: Requests, port: int, rate: float, wanted: int) -> Seen:
    """Returns when all that are ``wanted`` have been sent and answered."""
    idle = deque(Connection(port) for _ in range(CONNECTIONS))
    busy: dict[int, Connection] = {}
    sent, seen = 0, Seen()
    first_due = time.perf_counter() + SECONDS_TO_START
    while len(seen.latencies) < wanted:
        due = first_due + sent / rate
        may_send = sent < wanted and bool(idle)
        patience = max(0.0, due - time.perf_counter()) if may_send else 1.0
        # Unlike epoll, it knows shorter times than milliseconds.
        ready, _, _ = select.select(busy, (), (), patience)
        now = time.perf_counter()
        if may_send and patience and now - due > HELD_UP:
            seen.held_up += now - due
        for number in ready:
            if answer := busy[number].receive():
                connection = busy.pop(number)
                seen.latencies.append(now - connection.due)
                seen.refused += answer.status >= 400
                requests.answered(answer.body)
                idle.append(connection)
        while sent < wanted and idle and (due := first_due + sent / rate) <= now:
            connection = idle.popleft()
            connection.send(requests.next(), due)
            busy[connection.fileno()] = connection
            sent += 1
    return seen


if __name__ == "__main__":
    main(*sys.argv[1:])
