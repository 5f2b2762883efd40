"""`python -m bench.memory`: does a server grow while it works? A million requests at full speed.

Of a hundred requests 90 list, 8 add a task and 2 refresh; passwords are hashed meanwhile.
"""

from dataclasses import asdict, replace
from math import ceil

from bench.call import CALLS
from bench.logins import Logins
from bench.measurement import Measurement, measurement, parser
from bench.report import markdown
from bench.rounds import Run, Running, closed_loop
from bench.server_process import Memory

# By so many users that their lists don't grow long.
CALL = replace(next(call for call in CALLS if call.name == "mix"), users=8000)
RUNS_OF_A_STEP = 10
FLAT = 1.05


def main() -> None:
    own = parser(__doc__, contestants=["taskward"])
    own.add_argument("--requests", type=int, default=1_000_000)
    own.add_argument("--steps", type=int, default=5, help="after each of which memory is looked at")
    own.add_argument("--logins", type=int, default=2, help="a second, meanwhile")
    options = own.parse_args()
    with (
        measurement("memory", options) as run,
        run.field([CALL], options.steps * RUNS_OF_A_STEP) as servers,
    ):
        for one in servers:
            seen = _watch(run, one)
            run.figures[one.contestant.name] = [(done, asdict(memory)) for done, memory in seen]
            rows = [(f"{done:,}", _mib(memory.rss), _mib(memory.pss)) for done, memory in seen]
            title = f"Memory of {one.contestant.name}, a process"
            columns = ("after requests", "RSS MiB", "PSS MiB")
            print(markdown(title, columns, rows, [_verdict(seen)]), flush=True)


def _watch(run: Measurement, one: Running) -> list[tuple[int, Memory]]:
    """How many requests were answered, and the memory after them."""
    logins = Logins(run.options.logins, one)
    load = closed_loop(CALL, run.plan, run.cores, lambda _: logins.under_way())
    done, seen = 0, [(0, one.server.memory_of_worker())]
    for step in range(run.options.steps):
        due = run.options.requests * (step + 1) // run.options.steps
        done += _answer(load, one, due - done, run.plan.seconds)
        one.server.wait_until_idle()
        seen.append((done, one.server.memory_of_worker()))
    return seen


def _answer(load: Run, one: Running, wanted: int, seconds: int) -> int:
    """At least so many requests: wrk is told for how long, not how many."""
    done = 0
    while done < wanted:
        took = load(one, seconds).load
        done += took.requests
        seconds = ceil((wanted - done) / took.requests_per_second)
    return done


def _verdict(seen: list[tuple[int, Memory]]) -> str:
    """Caches fill at first: what counts is whether it goes on."""
    growth = seen[-1][1].pss / seen[1][1].pss
    word = "flat" if growth < FLAT else "NOT FLAT"
    return f"{word}: {growth:.2f} times what it was after the first step."


def _mib(kib: int) -> str:
    return f"{kib / 1024:.1f}"


if __name__ == "__main__":
    main()
