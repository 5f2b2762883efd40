"""`python -m bench.tail`: how long the slowest wait when a server has time to spare.

First each server's top rate is measured, then it is asked at a steady 70 per cent of that. One that
does nothing but take its time, whatever it is asked, takes turns with them: what is left of a tail
there comes from the cores and the load client.
"""

import sys
from collections.abc import Mapping
from statistics import median

from bench.call import CALLS, Call
from bench.contestant import ACCESS_TOKENS, REFRESH_TOKENS, Contestant
from bench.dataset import dataset
from bench.load_client import Load, run_open_loop
from bench.measurement import Measurement, measurement, parser
from bench.report import as_json, markdown, noise
from bench.rounds import CHAINS, Round, Run, Running, alternate, closed_loop, watched
from bench.stage import Entry
from bench.summary import Summary, summarize

KEPT_UP = 0.97
HELD_UP = 0.002
COLUMNS = ("", "asked/s", "p50 ms", "p95", "p99", "p99.9", "longest", "p99 / p50 (min-max)")


def busy(microseconds: int) -> Contestant:
    # A token for each session that is wanted; it looks at none of them.
    tokens = (f"w {{folder}}/{name}" for name in (ACCESS_TOKENS, REFRESH_TOKENS))
    return Contestant(
        name=f"{microseconds} us of work",
        prepare=("sed", "--quiet", *(f"--expression={each}" for each in ("s/.*/none/", *tokens))),
        serve=(sys.executable, "-m", "bench.busy", "{port}", str(microseconds)),
        environment={},
    )


# They come to about as many requests a second as Taskward: lists, and changes.
SHORT, LONG = busy(45), busy(300)
YARDSTICKS = {"list": SHORT, "refresh": LONG, "add": LONG}


def main() -> None:
    names = list(YARDSTICKS)
    own = parser(
        __doc__,
        contestants=["floor", "floor, 1 thread", "taskward", "fastify"],
        rounds=5,
        seconds=4,
    )
    own.add_argument("--calls", nargs="+", choices=names, default=names)
    own.add_argument("--share", type=float, default=0.7, help="of the top rate")
    options = own.parse_args()
    calls = [call for call in CALLS if call.name in options.calls]
    # They look at none of it: as little as can be copied.
    data = dataset(max(call.users for call in calls))
    yardsticks = [Entry(one, data) for one in (SHORT, LONG)]
    with (
        measurement("tail", options) as run,
        run.field(calls, 2 * run.plan.runs, yardsticks) as servers,
    ):
        run.figures["calls"] = {call.name: _measure(run, call, servers) for call in calls}


def _measure(run: Measurement, call: Call, everyone: list[Running]) -> dict[str, object]:
    yardstick = next(one for one in everyone if one.contestant == YARDSTICKS[call.name])
    servers = [one for one in everyone if one.contestant in run.present]
    # Amid them: the turns go there and back again, so that the last has two in a row.
    servers.insert(1, yardstick)
    limit = alternate(servers, run.plan, closed_loop(call, run.plan, run.cores))
    rates = {
        one.contestant: run.options.share * one.requests_per_second
        for one in summarize(limit.rounds)
    }
    measurable = [one for one in servers if one.contestant.name in rates]
    measured = alternate(measurable, run.plan, _steady(run, call, rates))
    summaries = summarize(measured.rounds)
    rows = [_cells(one, rates, measured.rounds) for one in summaries]
    notes = [noise(summaries), *(_fell_behind(one, rates[one.contestant]) for one in summaries)]
    notes += [_held_up(one.contestant, measured.rounds[one.contestant]) for one in summaries]
    notes += [f"Not measured: {why}" for why in (limit.given_up | measured.given_up).values()]
    title = f"{call.title}; at {run.options.share:.0%} of the top rate"
    print(markdown(title, COLUMNS, rows, notes), flush=True)
    return {"asked": rates, **as_json(measured, summaries)}


def _steady(run: Measurement, call: Call, rates: dict[str, float]) -> Run:
    def steady(one: Running, seconds: int) -> Round:
        arguments = [one.contestant.paths[call.name], *_tokens(call, one)]

        def load() -> Load:
            return run_open_loop(
                call.name,
                arguments,
                port=one.place.port,
                rate=rates[one.contestant.name],
                seconds=seconds,
                core=run.cores.client,
            )

        return watched(call, one, load)

    return steady


def _tokens(call: Call, one: Running) -> list[str]:
    if call.chains:
        return [one.file(REFRESH_TOKENS), str(next(one.unused_chains)), str(CHAINS)]
    return [one.file(ACCESS_TOKENS), "0", str(call.users)]


def _cells(
    one: Summary, rates: Mapping[str, float], rounds: Mapping[str, list[Round]]
) -> list[str]:
    own = rounds[one.contestant]
    p999 = median(each.load.p999 for each in own) / 1000
    longest = max(each.load.longest for each in own) / 1000
    milliseconds = (one.p50_ms, one.p95_ms, one.p99_ms, p999, longest)
    ratios = [each.load.p99 / each.load.p50 for each in own]
    return [
        one.contestant,
        f"{rates[one.contestant]:,.0f}",
        *(f"{each:.2f}" for each in milliseconds),
        f"{median(ratios):.1f} ({min(ratios):.1f}-{max(ratios):.1f})",
    ]


def _fell_behind(one: Summary, rate: float) -> str:
    """Where they wait longer and longer, the figures tell of the rate, not of the server."""
    answered = one.requests_per_second
    if answered > KEPT_UP * rate:
        return ""
    return (
        f"{one.contestant} fell behind and answered {answered:,.0f} a second: it had more of the "
        "machine when its top rate was measured."
    )


def _held_up(name: str, rounds: list[Round]) -> str:
    """The client's own waits are in the latencies; a hundredth of them is all of a p99."""
    share = max(one.load.held_up_seconds / one.load.seconds for one in rounds)
    if share < HELD_UP:
        return ""
    return f"Noisy: the client was held up for {share:.1%} of a run against {name}. Measure again."


if __name__ == "__main__":
    main()
