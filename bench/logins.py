"""Logins at a steady pace beside a measurement: what hashing passwords does to everybody else."""

import json
import random
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from statistics import median

from bench.dataset import PASSWORD, email_of

LANES = 4


@dataclass(frozen=True, slots=True)
class Logins:
    """``per_second`` logins of ``users``; each one's milliseconds or its refusal are kept."""

    per_second: int
    users: Sequence[int]
    milliseconds: list[float] = field(default_factory=list)
    refusals: list[int] = field(default_factory=list)

    @contextmanager
    def beside(self, port: int, path: str) -> Iterator[None]:
        stop = threading.Event()
        lanes = [
            threading.Thread(target=self._lane, args=(port, path, lane, stop))
            for lane in range(LANES)
        ]
        for lane in lanes:
            lane.start()
        try:
            yield
        finally:
            stop.set()
            for lane in lanes:
                lane.join()

    def __str__(self) -> str:
        taken = sorted(self.milliseconds)
        return (
            f"{self.per_second} logins a second beside it: {len(taken)} in all, "
            f"median {median(taken):.0f} ms, p95 {taken[len(taken) * 95 // 100]:.0f} ms, "
            f"{len(self.refusals)} refused"
        )

    def _lane(self, port: int, path: str, lane: int, stop: threading.Event) -> None:
        connection = HTTPConnection("127.0.0.1", port, timeout=30)
        due = time.monotonic() + lane / self.per_second
        while not stop.wait(max(0.0, due - time.monotonic())):
            due += LANES / self.per_second
            body = json.dumps({"email": email_of(random.choice(self.users)), "password": PASSWORD})
            started = time.perf_counter()
            connection.request("POST", path, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
            if answer.status == 200:
                self.milliseconds.append((time.perf_counter() - started) * 1000)
            else:
                self.refusals.append(answer.status)
        connection.close()
