"""What all measurements have in common: options, a field of servers, and a file of results."""

import json
import sys
import time
from argparse import (
    ArgumentDefaultsHelpFormatter,
    ArgumentParser,
    BooleanOptionalAction,
    Namespace,
)
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import Any

from bench import machine
from bench.agreement import DisagreementError, require_agreement
from bench.call import Call
from bench.contestant import Contestant
from bench.contestants import CONTESTANTS
from bench.dataset import CACHE, dataset
from bench.load_client import LoadClientError, require_wrk
from bench.quiet import held_up
from bench.rounds import Plan, Running
from bench.server_process import ServerError
from bench.stage import Entry, Equipment, missing, stage
from entrypoints.settings import Settings

RESULTS = Path(__file__).parent / "results"


def parser(description: str | None, **defaults: Any) -> ArgumentParser:
    made = ArgumentParser(description=description, formatter_class=ArgumentDefaultsHelpFormatter)
    names = [one.name for one in CONTESTANTS]
    made.add_argument("--contestants", nargs="+", choices=names, default=names)
    made.add_argument("--users", type=int, default=100_000, help="in the database")
    made.add_argument("--rounds", type=int, default=5)
    made.add_argument("--peer-rounds", type=int, default=2, help="of the peers, at most")
    made.add_argument("--seconds", type=int, default=2, help="of a round")
    made.add_argument("--warm-up", type=int, default=1, help="seconds before the first round")
    made.add_argument("--connections", type=int, default=16)
    made.add_argument("--workers", type=int, default=1, help="processes of each server")
    made.add_argument("--threads", type=int, default=Settings.model_fields["threads"].default)
    made.add_argument(
        "--sync-delay", type=float, default=0, help="ms by which each wait for the disk is longer"
    )
    made.add_argument(
        "--unpinned",
        action=BooleanOptionalAction,
        default=False,
        help="let the server use all cores",
    )
    made.set_defaults(**defaults)
    return made


@dataclass(frozen=True, slots=True)
class Measurement:
    """``figures`` is what is kept of it, as JSON; ``present`` is who can be measured here."""

    options: Namespace
    present: Sequence[Contestant]
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def plan(self) -> Plan:
        one = self.options
        return Plan(one.rounds, one.peer_rounds, one.seconds, one.warm_up, one.connections)

    @property
    def cores(self) -> machine.Cores:
        return machine.choose_cores(not self.options.unpinned and self.options.workers == 1)

    def equipment(self, calls: Sequence[Call], runs: int) -> Equipment:
        """For so many ``runs`` of each call."""
        return Equipment(
            self.options.workers,
            self.options.threads,
            self.options.sync_delay,
            users=max(call.users for call in calls),
            runs=runs * sum(call.chains for call in calls),
        )

    @contextmanager
    def field(
        self, calls: Sequence[Call], runs: int, others: Sequence[Entry] = ()
    ) -> Iterator[list[Running]]:
        """All who are present, on equal data, and with equal answers; then the others."""
        data = dataset(self.options.users)
        entries = [*(Entry(one, data) for one in self.present), *others]
        with stage(entries, self.equipment(calls, runs), self.cores) as servers:
            require_agreement(servers[: len(self.present)])
            yield servers


@contextmanager
def measurement(name: str, options: Namespace) -> Iterator[Measurement]:
    """Ends the process with one line where something can't be measured."""
    with _alone():
        yield from _measured(name, options)


def _measured(name: str, options: Namespace) -> Iterator[Measurement]:
    began, started = time.monotonic(), datetime.now(UTC)
    chosen = [one for one in CONTESTANTS if one.name in options.contestants]
    absent = {one.name: why for one in chosen if (why := missing(one))}
    setting = {"measurement": name, "date": f"{started:%Y-%m-%d}", **machine.describe()}
    setting |= vars(options) | {"not_installed": absent, "held_up": f"{held_up():.0%}"}
    print("\n".join(f"{key}: {value}" for key, value in setting.items()), end="\n\n", flush=True)
    made = Measurement(options, [one for one in chosen if one.name not in absent])
    try:
        require_wrk()
        yield made
    except (DisagreementError, LoadClientError, ServerError) as error:
        sys.exit(f"bench: {error}")
    for one, why in absent.items():
        print(f"NOT MEASURED: {one} is not installed ({why}). See: make bench-peers")
    minutes, seconds = divmod(round(time.monotonic() - began), 60)
    path = RESULTS / f"{name}-{started:%Y%m%d-%H%M%S}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(setting | made.figures, indent=1) + "\n")
    print(f"Took {minutes} min {seconds} s. All rounds: {path.relative_to(Path.cwd())}\n")


@contextmanager
def _alone() -> Iterator[None]:
    """Two measurements would spoil each other's figures, and remove each other's data."""
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        try:
            flock(lock, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            sys.exit("bench: another measurement is under way. Wait until it has ended.")
        yield
