"""Markdown tables for people, and what is kept of the rounds for programs."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from bench.rounds import Measured
from bench.summary import Summary

COLUMNS = (
    "",
    "requests/s",
    "spread",
    "p50 ms",
    "p95 ms",
    "p99 ms",
    "CPU µs/request",
    "RSS / PSS MiB",
)


def table(title: str, summaries: Sequence[Summary], given_up: Mapping[str, str]) -> str:
    """All against the first of them."""
    columns = (*COLUMNS, f"of {summaries[0].contestant} (min-max)", "by CPU")
    rows = [_cells(one) for one in summaries]
    notes = [noise(summaries), *(remark for one in summaries for remark in _remarks(one))]
    notes += [f"Not measured: {why}" for why in given_up.values()]
    return markdown(title, columns, rows, notes)


def markdown(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], notes: Sequence[str]
) -> str:
    lines = [f"### {title}", "", _row(columns), "|---|" + "---:|" * (len(columns) - 1)]
    return "\n".join([*lines, *map(_row, rows), "", *(f"{note}\n" for note in notes if note)])


def noise(summaries: Sequence[Summary]) -> str:
    """Who was measured while the machine was not quiet; empty when it was."""
    noisy = [
        f"{one.contestant} ({one.spread:.0%}, {one.others_cores:.2f} cores)"
        for one in summaries
        if one.is_noisy
    ]
    meaning = "how far its rounds lie apart, and what the rest of the machine used meanwhile"
    return f"Noisy ({meaning}): {', '.join(noisy)}. Measure again." if noisy else ""


def as_json(measured: Measured, summaries: Sequence[Summary]) -> dict[str, Any]:
    return {
        "summaries": [asdict(one) for one in summaries],
        "not_measured": dict(measured.given_up),
        "rounds": {name: [asdict(one) for one in own] for name, own in measured.rounds.items()},
    }


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cells(one: Summary) -> list[str]:
    return [
        one.contestant,
        f"{one.requests_per_second:,.0f}",
        f"{one.spread:.0%}",
        f"{one.p50_ms:.2f}",
        f"{one.p95_ms:.2f}",
        f"{one.p99_ms:.2f}",
        f"{one.cpu_microseconds:.0f}",
        f"{one.rss_mib:.0f} / {one.pss_mib:.0f}",
        f"{one.ratio:.2f} ({one.smallest_ratio:.2f}-{one.largest_ratio:.2f})",
        f"{one.cpu_ratio:.2f}",
    ]


def _remarks(one: Summary) -> list[str]:
    remarks = []
    if one.refused:
        remarks.append(
            f"{one.contestant} refused {one.refused:,} of {one.requests:,} requests, which are not "
            "counted."
        )
    if one.client_core > 0.9:
        remarks.append(
            f"The load client was at its limit against {one.contestant} "
            f"({one.client_core:.0%} of its core): the server could do more."
        )
    return remarks
