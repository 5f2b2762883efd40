"""`python -m bench.chart result.json chart.svg`: Taskward and its peers at a glance.

Runs in the peers' environment, where matplotlib is. Light in itself, so that it can be read on a
page of any colour.
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
    "add": "Add a task, on disk when answered",
    "refresh": "Refresh, with rotation",
    "login": "Log in, argon2id with 19 MiB",
}
NAMES = {
    "taskward": "Taskward",
    "fastify": "Fastify",
    "express": "Express",
    "fastapi": "FastAPI",
    "flask": "Flask",
    "django": "Django REST",
}
PAPER, INK, FAINT = "#fbfaf6", "#22302b", "#6b756f"
OWN, PEER = "#2f6f5e", "#b3beb8"

mpl.rcParams.update(
    {
        "font.size": 9.5,
        "text.color": INK,
        "axes.facecolor": PAPER,
        "ytick.color": INK,
        "svg.fonttype": "none",  # text stays text
        "svg.hashsalt": "bench",  # the same figures give the same file
    }
)


def main(result: Path, chart: Path) -> None:
    document = json.loads(result.read_text())
    figure = Figure(figsize=(9.6, 5.2), facecolor=PAPER)
    panels = figure.subplots(2, 2).flat
    figure.subplots_adjust(left=0.12, right=0.975, top=0.79, bottom=0.05, wspace=0.32, hspace=0.3)
    for axes, (name, title) in zip(panels, TITLES.items(), strict=True):
        axes.set_title(title, loc="left", fontweight="bold", fontsize=10.5)
        _draw(axes, document["calls"].get(name, {"summaries": []})["summaries"])
    figure.text(0.024, 0.925, "Requests a second", fontsize=15, fontweight="bold")
    figure.text(0.024, 0.872, _setting(document), color=FAINT)
    figure.text(
        0.975, 0.925, "in grey: Taskward answers so many times as much", ha="right", color=FAINT
    )
    figure.savefig(chart, metadata={"Date": None})


def _setting(document: dict[str, Any]) -> str:
    workers = "one process" if document["workers"] == 1 else f"{document['workers']} processes"
    return (
        f"{workers.capitalize()} each, SQLite, synchronous=FULL, {document['users']:,} users of 20 "
        f"tasks; {document['cpu']}; {document['date']}"
    )


def _draw(axes: Axes, summaries: list[dict[str, Any]]) -> None:
    measured = {one["contestant"]: one["requests_per_second"] for one in summaries}
    speeds = [measured.get(name, 0.0) for name in NAMES]
    colors = [OWN, *[PEER] * (len(NAMES) - 1)]
    bars = axes.barh(list(NAMES.values()), speeds, color=colors, height=0.72)
    axes.bar_label(bars, [f"{one:,.0f}" if one else "not measured" for one in speeds], padding=4)
    axes.set_xlim(0, max(*speeds, 1) * 1.6)
    axes.invert_yaxis()
    axes.xaxis.set_visible(False)
    axes.tick_params(left=False)
    axes.spines[:].set_visible(False)
    _compare(axes, speeds)


def _compare(axes: Axes, speeds: list[float]) -> None:
    """Down the right side, how many times as many as each peer Taskward answers."""
    own, *peers = speeds
    for row, one in enumerate(peers, start=1):
        told = f"{own / one:.{own < 10 * one:d}f} times" if one else ""
        across = axes.get_yaxis_transform()
        axes.text(1, row, told, transform=across, ha="right", va="center_baseline", color=FAINT)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
