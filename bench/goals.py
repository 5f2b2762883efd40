"""`python -m bench.goals`: what was aimed at, and what the newest results in bench/results say."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

from bench.measurement import RESULTS
from bench.report import markdown

Result = Any
"""A file of results: see bench/measurement.py and whoever measured it."""

PYTHON_PEERS = ("fastapi", "django", "flask")
COLUMNS = ("", "goal", "figure", "", "date", "measured by")


@dataclass(frozen=True, slots=True)
class Goal:
    """``figure`` of a result of ``measurement`` should be at least or at most ``limit``."""

    title: str
    measurement: str
    figure: Callable[[Result], float]
    limit: float
    at_most: bool = False

    def cells(self) -> list[str]:
        wanted = f"{'at most' if self.at_most else 'at least'} {self.limit:g}"
        command = f"`make bench{'' if self.measurement == 'calls' else f'-{self.measurement}'}`"
        files = sorted(RESULTS.glob(f"{self.measurement}-2*.json"))
        if not files:
            return [self.title, wanted, "not measured", "", "", command]
        result = json.loads(files[-1].read_text())
        figure = self.figure(result)
        is_met = figure <= self.limit if self.at_most else figure >= self.limit
        verdict = "met" if is_met else "missed"
        return [self.title, wanted, self._told(figure), verdict, result["date"], command]

    def _told(self, figure: float) -> str:
        """To three digits, or as many as tell it apart from the limit."""
        texts = (f"{figure:.{digits}g}" for digits in range(3, 17))
        return next((text for text in texts if float(text) != self.limit), f"{figure:g}")


def _of(result: Result, call: str, name: str, figure: str = "requests_per_second") -> float:
    return float(_summaries(result["calls"][call])[name][figure])


def _summaries(measured: Result) -> dict[str, dict[str, float]]:
    return {one["contestant"]: one for one in measured["summaries"]}


def _of_the_floor(call: str) -> Callable[[Result], float]:
    """Of the quicker one: with as many threads, or with one."""
    return lambda result: _ratio(result, call, ("floor", "floor, 1 thread"))


def _ratio(result: Result, call: str, names: tuple[str, ...]) -> float:
    measured = _summaries(result["calls"][call])
    best = max(measured[name]["requests_per_second"] for name in names if name in measured)
    return measured["taskward"]["requests_per_second"] / best


def _beside_logins(result: Result) -> float:
    rounds = result["rounds"]
    pairs = zip(rounds["taskward, beside logins"], rounds["taskward"], strict=True)
    return median(float(beside["load"]["p99"] / alone["load"]["p99"]) for beside, alone in pairs)


def _tail(result: Result) -> float:
    """Of the call with the longest one."""
    rounds = [call["rounds"]["taskward"] for call in result["calls"].values()]
    return max(map(_tail_of, rounds))


def _tail_of(rounds: list[Result]) -> float:
    return median(float(one["load"]["p99"] / one["load"]["p50"]) for one in rounds)


def _growth(kind: str) -> Callable[[Result], float]:
    """Of the call that grows most."""
    return lambda result: max(1 / one["summaries"][-1]["ratio"] for one in result[kind].values())


GOALS = (
    Goal("list: times the floor's requests/s", "calls", _of_the_floor("list"), 0.85),
    Goal(
        "list: times those of the fastest peer in Python",
        "calls",
        lambda result: _ratio(result, "list", PYTHON_PEERS),
        8,
    ),
    Goal("list: times Fastify's", "calls", lambda result: _ratio(result, "list", ("fastify",)), 1),
    Goal(
        "refresh: times those of the fastest peer in Python",
        "calls",
        lambda result: _ratio(result, "refresh", PYTHON_PEERS),
        5,
    ),
    Goal(
        "add, 32 connections, two workers: p99 in ms",
        "writes",
        lambda result: _of(result, "add", "taskward", "p99_ms"),
        25,
        at_most=True,
    ),
    Goal("the same: times the floor's requests/s", "writes", _of_the_floor("add"), 1.5),
    Goal(
        "the same, where a wait for the disk lasts 2 ms longer",
        "writes-slow-disk",
        _of_the_floor("add"),
        1.5,
    ),
    Goal(
        "list beside ten logins a second, on all cores: times the p99 without",
        "logins",
        _beside_logins,
        2,
        at_most=True,
    ),
    Goal("70 per cent of the top rate: p99 / p50, worst call", "tail", _tail, 3, at_most=True),
    Goal(
        "1,000,000 users: times as long as with 1,000, worst call",
        "growth",
        _growth("users"),
        1.3,
        at_most=True,
    ),
    Goal(
        "100 sessions a user: times as long as with 1, worst call",
        "growth",
        _growth("sessions"),
        1.3,
        at_most=True,
    ),
    Goal(
        "a worker's memory after a million requests: RSS in MB",
        "memory",
        lambda result: result["taskward"][-1][1]["rss"] * 1024 / 1e6,
        90,
        at_most=True,
    ),
    Goal(
        "the same: its own share, PSS, in MB",
        "memory",
        lambda result: result["taskward"][-1][1]["pss"] * 1024 / 1e6,
        90,
        at_most=True,
    ),
)

if __name__ == "__main__":
    print(markdown("The goals", COLUMNS, [goal.cells() for goal in GOALS], []))
