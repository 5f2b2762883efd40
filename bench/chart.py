"""`python -m bench.chart result.json chart.svg`: requests a second, by contestant, for each call.

Runs in the peers' environment, where matplotlib is.
"""

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

TITLES = {
    "list": "List 20 tasks",
    "unseen": "List, read from the database",
    "revisit": "List, unchanged (If-None-Match)",
    "refresh": "Refresh, with rotation",
    "add": "Add a task, durably",
    "login": "Log in (argon2id)",
    "mix": "90 lists, 8 new tasks, 2 refreshes",
}
COLUMNS = 2
OWN, FLOOR, PEER = "#2f6f5e", "#b9b4a8", "#8fa3b8"

mpl.rcParams.update(
    {
        "font.family": "sans-serif",
        "font.size": 9,
        "svg.fonttype": "none",  # text stays text
        "svg.hashsalt": "bench",  # the same figures give the same file
    }
)


def main(result: Path, chart: Path) -> None:
    document = json.loads(result.read_text())
    calls = {name: document["calls"][name] for name in TITLES if name in document["calls"]}
    rows = -(-len(calls) // COLUMNS)
    bars = max(len(call["summaries"]) for call in calls.values())
    figure = Figure(figsize=(9, rows * (0.7 + 0.26 * bars)), layout="constrained")
    for axes, (name, call) in zip(_panels(figure, rows, len(calls)), calls.items(), strict=True):
        _draw(axes, TITLES[name], call["summaries"])
    workers = "one process" if document["workers"] == 1 else f"{document['workers']} processes"
    figure.suptitle(f"Requests a second, {workers}, SQLite, {document['users']:,} users")
    figure.savefig(chart, format="svg", metadata={"Date": None})


def _panels(figure: Figure, rows: int, calls: int) -> list[Axes]:
    panels = list(figure.subplots(rows, COLUMNS, squeeze=False).flat)
    for unused in panels[calls:]:
        unused.set_visible(False)
    return panels[:calls]


def _draw(axes: Axes, title: str, summaries: list[dict[str, Any]]) -> None:
    names = [one["contestant"] for one in summaries]
    speeds = [one["requests_per_second"] for one in summaries]
    bars = axes.barh(names, speeds, color=[_color(name) for name in names])
    axes.bar_label(bars, [f"{speed:,.0f}" for speed in speeds], padding=3)
    axes.set_title(title, loc="left", fontweight="bold", fontsize=10)
    axes.set_xlim(0, max(speeds) * 1.15)
    axes.invert_yaxis()
    axes.xaxis.set_visible(False)
    axes.tick_params(left=False)
    axes.spines[["top", "right", "bottom"]].set_visible(False)


def _color(name: str) -> str:
    if name.startswith("floor"):
        return FLOOR
    return OWN if name == "taskward" else PEER


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
