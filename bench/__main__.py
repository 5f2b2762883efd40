"""`python -m bench`, from the top of the repository."""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import machine, report
from bench.agreement import DisagreementError, require_agreement
from bench.call import CALLS, Needs
from bench.contestants import CONTESTANTS
from bench.dataset import dataset, user_ids
from bench.etags import write_etags
from bench.load_client import LoadClientError, require_wrk
from bench.logins import Logins
from bench.rounds import Plan, measure
from bench.server_process import ServerError
from bench.stage import missing, stage
from bench.summary import summarize
from entrypoints.settings import Settings

HERE = Path(__file__).parent
CACHE = HERE / ".cache"
RESULTS = HERE / "results"


def main() -> None:
    options = _options()
    try:
        require_wrk()
        _bench(options)
    except (DisagreementError, LoadClientError, ServerError) as error:
        sys.exit(f"bench: {error}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m bench", description=__doc__)
    parser.add_argument("--users", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peer-rounds", type=int, default=3, help="of the peers, at most")
    parser.add_argument("--seconds", type=int, default=3, help="of a round")
    parser.add_argument("--warm-up", type=int, default=1, help="seconds before the first round")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--threads", type=int, default=Settings.model_fields["threads"].default)
    parser.add_argument("--unpinned", action="store_true", help="let the server use all cores")
    parser.add_argument("--logins", type=int, default=0, help="a second, meanwhile")
    calls, contestants = [one.name for one in CALLS], [one.name for one in CONTESTANTS]
    parser.add_argument("--calls", nargs="+", choices=calls, default=calls)
    parser.add_argument("--contestants", nargs="+", choices=contestants, default=contestants)
    return parser.parse_args()


def _bench(options: argparse.Namespace) -> None:
    chosen = [one for one in CONTESTANTS if one.name in options.contestants]
    absent = {one.name: why for one in chosen if (why := missing(one))}
    setting = _setting(options) | {"not_installed": absent}
    print("\n".join(f"{name}: {value}" for name, value in setting.items()), end="\n\n")
    database, users = dataset(CACHE, options.users), user_ids(options.users)
    logins = Logins(options.logins, users) if options.logins else None
    plan = Plan(
        options.rounds,
        options.peer_rounds,
        options.seconds,
        options.warm_up,
        options.connections,
        logins,
    )
    cores = machine.choose_cores(pin_server=not options.unpinned and options.workers == 1)
    results = {}
    with stage(
        [one for one in chosen if one.name not in absent],
        database,
        users,
        plan,
        folder=CACHE / "running",
        workers=options.workers,
        threads=options.threads,
        cores=cores,
    ) as field:
        require_agreement(field)
        for call in (one for one in CALLS if one.name in options.calls):
            if call.needs is Needs.ETAGS:
                for one in field:
                    write_etags(one, call.users)
            measured = measure(call, field, plan, cores)
            summaries = summarize(measured.rounds)
            results[call.name] = (measured, summaries)
            print(report.table(call, summaries, measured.given_up), flush=True)
    if logins:
        print(logins)
    for name, why in absent.items():
        print(f"NOT MEASURED: {name} is not installed ({why}). See: make bench-peers")
    path = RESULTS / f"{datetime.now(UTC):%Y%m%d-%H%M%S}.json"
    report.save(path, setting, results)
    print(f"All rounds: {path.relative_to(HERE.parent)}")


def _setting(options: argparse.Namespace) -> dict[str, Any]:
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        **machine.describe(),
        **vars(options),
    }


if __name__ == "__main__":
    main()
