"""A Markdown table for people and a JSON file for programs."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.call import Call
from bench.rounds import Measured
from bench.summary import Summary

COLUMNS = (
    "contestant",
    "requests/s",
    "spread",
    "p50 ms",
    "p95 ms",
    "p99 ms",
    "CPU µs/request",
    "RSS / PSS MiB",
    "of the floor (min-max)",
    "by CPU",
)


def table(call: Call, summaries: Sequence[Summary], given_up: Mapping[str, str]) -> str:
    lines = [
        f"### {call.title}",
        "",
        "| " + " | ".join(COLUMNS) + " |",
        "|---|" + "---:|" * (len(COLUMNS) - 1),
        *("| " + " | ".join(_cells(summary)) + " |" for summary in summaries),
        "",
        *_noise(summaries),
        *(remark for summary in summaries for remark in _remarks(summary)),
        *(f"Not measured: {why}\n" for why in given_up.values()),
    ]
    return "\n".join(lines)


def save(
    path: Path,
    setting: Mapping[str, Any],
    results: Mapping[str, tuple[Measured, Sequence[Summary]]],
) -> None:
    document = {
        **setting,
        "calls": {
            name: {
                "summaries": [asdict(summary) for summary in summaries],
                "not_measured": dict(measured.given_up),
                "rounds": {one: [asdict(r) for r in own] for one, own in measured.rounds.items()},
            }
            for name, (measured, summaries) in results.items()
        },
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=1) + "\n")


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


def _noise(summaries: Sequence[Summary]) -> list[str]:
    noisy = [
        f"{one.contestant} ({one.spread:.0%}, {one.others_cores:.2f} cores)"
        for one in summaries
        if one.is_noisy
    ]
    if not noisy:
        return []
    meaning = "how far its rounds lie apart, and what the rest of the machine used meanwhile"
    return [f"Noisy ({meaning}): {', '.join(noisy)}. Measure again.\n"]


def _remarks(one: Summary) -> list[str]:
    remarks = []
    if one.refused:
        remarks.append(
            f"{one.contestant} refused {one.refused:,} of {one.requests:,} requests, which are not "
            "counted.\n"
        )
    if one.client_core > 0.9:
        remarks.append(
            f"The load client was at its limit against {one.contestant} "
            f"({one.client_core:.0%} of its core): the server could do more.\n"
        )
    return remarks
