"""Logins at a steady pace beside a measurement."""

import json
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from statistics import median

from bench.contestant import EMAILS
from bench.dataset import PASSWORD
from bench.rounds import Running

LANES = 4


@dataclass(frozen=True, slots=True)
class Logins:
    """``per_second`` of them to one server; their milliseconds and refusals are kept."""

    per_second: int
    one: Running
    milliseconds: list[float] = field(default_factory=list)
    refusals: list[int] = field(default_factory=list)

    @contextmanager
    def under_way(self) -> Iterator[None]:
        emails = Path(self.one.file(EMAILS)).read_text().splitlines()
        stop = threading.Event()
        lanes = [
            threading.Thread(target=self._lane, args=(emails, lane, stop)) for lane in range(LANES)
        ]
        for lane in lanes:
            lane.start()
        try:
            yield
        finally:
            stop.set()
            for lane in lanes:
                lane.join()

    def cells(self) -> list[str]:
        """How many, their median and their p95 in milliseconds, and how many were refused."""
        taken = sorted(self.milliseconds) or [float("nan")]
        p95 = taken[len(taken) * 95 // 100]
        shown = [f"{median(taken):.0f}", f"{p95:.0f}", f"{len(self.refusals)}"]
        return [f"{len(self.milliseconds)}", *shown]

    def _lane(self, emails: list[str], lane: int, stop: threading.Event) -> None:
        connection = HTTPConnection("127.0.0.1", self.one.place.port, timeout=30)
        path = self.one.contestant.paths["login"]
        due = time.monotonic() + lane / self.per_second
        while not stop.wait(max(0.0, due - time.monotonic())):
            due += LANES / self.per_second
            body = json.dumps({"email": random.choice(emails), "password": PASSWORD})
            started = time.perf_counter()
            connection.request("POST", path, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
            if answer.status == 200:
                self.milliseconds.append((time.perf_counter() - started) * 1000)
            else:
                self.refusals.append(answer.status)
        connection.close()
