"""`python -m bench.growth`: does a call take longer when there are more users, or more sessions?

Servers of one kind, each with a database of another size, take turns as contestants do elsewhere.
The same number of users is at work in each. A million users take 2 GB, and as much again while
they are measured; making them takes minutes, once.
"""

from argparse import Namespace
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bench.call import CALLS
from bench.contestants import TASKWARD
from bench.dataset import Dataset, dataset
from bench.measurement import Measurement, measurement, parser
from bench.report import as_json, table
from bench.rounds import alternate, closed_loop
from bench.stage import Entry, stage
from bench.summary import Summary, summarize

NAMES = ("list", "refresh", "add", "login")


def main() -> None:
    own = parser(__doc__, contestants=[], rounds=5)
    own.add_argument("--sizes", nargs="+", type=int, default=[1_000, 100_000, 1_000_000])
    own.add_argument("--sessions", nargs="+", type=int, default=[1, 10, 100], help="of a user")
    own.add_argument("--session-users", type=int, default=10_000, help="who have them")
    options = own.parse_args()
    with measurement("growth", options) as run:
        print("## More users\n")
        run.figures["users"] = _measure(run, _by_users(options))
        print("## More sessions a user\n")
        run.figures["sessions"] = _measure(run, _by_sessions(options))


def _by_users(options: Namespace) -> Mapping[str, Dataset]:
    return {f"{size:,} users": dataset(size) for size in options.sizes}


def _by_sessions(options: Namespace) -> Mapping[str, Dataset]:
    """The bench begins one session more for each user who is at work."""
    users = options.session_users
    return {_each(sessions): dataset(users, sessions - 1) for sessions in options.sessions}


def _each(sessions: int) -> str:
    return "1 session each" if sessions == 1 else f"{sessions} sessions each"


def _measure(run: Measurement, data: Mapping[str, Dataset]) -> dict[str, Any]:
    figures = {}
    calls = [call for call in CALLS if call.name in NAMES]
    entries = [Entry(replace(TASKWARD, name=name), one) for name, one in data.items()]
    with stage(entries, run.equipment(calls, run.plan.runs), run.cores) as servers:
        for call in calls:
            measured = alternate(servers, run.plan, closed_loop(call, run.plan, run.cores))
            summaries = summarize(measured.rounds)
            figures[call.name] = as_json(measured, summaries)
            print(table(call.title, summaries, {}))
            print(_times_as_long(summaries), flush=True)
    return figures


def _times_as_long(summaries: list[Summary]) -> str:
    smallest, largest = summaries[0], summaries[-1]
    return (
        f"With {largest.contestant} a request takes {1 / largest.ratio:.2f} times as long as with "
        f"{smallest.contestant} ({1 / largest.cpu_ratio:.2f} by CPU).\n"
    )


if __name__ == "__main__":
    main()
