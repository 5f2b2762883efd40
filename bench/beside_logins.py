"""`python -m bench.beside_logins`: what hashing passwords does to those who read meanwhile.

Each server takes turns with itself: reads alone, and reads beside logins at a steady pace. Whoever
runs one lets it have all of the machine, and so does this.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from statistics import median

from bench.call import CALLS
from bench.logins import Logins
from bench.measurement import measurement, parser
from bench.report import as_json, markdown, noise
from bench.rounds import Measured, Running, alternate, closed_loop
from bench.summary import Summary, summarize

LIST = next(call for call in CALLS if call.name == "list")
COLUMNS = (
    "",
    "reads/s alone",
    "beside",
    "p50 ms alone",
    "beside",
    "p99 ms alone",
    "beside",
    "p99, times as long (min-max)",
    "logins",
    "their p50 ms",
    "p95",
    "refused",
)


def main() -> None:
    own = parser(__doc__, seconds=3, unpinned=True)
    own.add_argument("--logins", type=int, default=10, help="a second")
    options = own.parse_args()
    with measurement("logins", options) as run, run.field([LIST], runs=0) as servers:
        beside = {_beside(one.contestant.name): Logins(options.logins, one) for one in servers}
        field = [each for one in servers for each in (one, _renamed(one))]
        reads = closed_loop(LIST, run.plan, run.cores, lambda one: _company(one, beside))
        measured = alternate(field, run.plan, reads)
        summaries = summarize(measured.rounds)
        logins = {name: one.milliseconds for name, one in beside.items()}
        run.figures.update(as_json(measured, summaries), logins=logins)
        rows = list(_rows(measured, summaries, beside))
        title = f"{LIST.title}; beside {options.logins} logins a second"
        notes = [noise(summaries), *(f"Not measured: {why}" for why in measured.given_up.values())]
        print(markdown(title, COLUMNS, rows, notes))


def _beside(name: str) -> str:
    return f"{name}, beside logins"


def _renamed(one: Running) -> Running:
    return replace(one, contestant=replace(one.contestant, name=_beside(one.contestant.name)))


def _company(one: Running, beside: Mapping[str, Logins]) -> AbstractContextManager[None]:
    logins = beside.get(one.contestant.name)
    return logins.under_way() if logins else nullcontext()


def _rows(
    measured: Measured, summaries: Sequence[Summary], beside: Mapping[str, Logins]
) -> Iterator[list[str]]:
    by_name = {one.contestant: one for one in summaries}
    for name in (name for name in by_name if name not in beside):
        if (other := _beside(name)) in by_name:
            pairs = zip(measured.rounds[name], measured.rounds[other], strict=False)
            ratios = [with_them.load.p99 / alone.load.p99 for alone, with_them in pairs]
            yield [name, *_cells(by_name[name], by_name[other], ratios), *beside[other].cells()]


def _cells(alone: Summary, beside: Summary, ratios: Sequence[float]) -> list[str]:
    return [
        f"{alone.requests_per_second:,.0f}",
        f"{beside.requests_per_second:,.0f}",
        f"{alone.p50_ms:.2f}",
        f"{beside.p50_ms:.2f}",
        f"{alone.p99_ms:.2f}",
        f"{beside.p99_ms:.2f}",
        f"{median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})",
    ]


if __name__ == "__main__":
    main()
