"""Alternating rounds: every contestant in turn, again and again, so that all share the weather."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from bench.call import CALLS, Call, Needs
from bench.contestant import ACCESS_TOKENS, EMAILS, ETAGS, REFRESH_TOKENS, Contestant, Place
from bench.dataset import PASSWORD
from bench.load_client import Load, LoadClientError, run_wrk
from bench.logins import Logins
from bench.machine import Cores, busy_seconds
from bench.server_process import Memory, Server

CHAINS_PER_CONNECTION = 2


@dataclass(frozen=True, slots=True)
class Running:
    contestant: Contestant
    place: Place
    server: Server


@dataclass(frozen=True, slots=True)
class Plan:
    rounds: int
    peer_rounds: int
    seconds: int
    warm_up_seconds: int
    connections: int
    logins: Logins | None = None

    @property
    def chains(self) -> int:
        """Refresh tokens that one run starts from. Those under way at its end are lost."""
        return self.connections * CHAINS_PER_CONNECTION

    @property
    def runs(self) -> int:
        """Of one call: the warm-up and the rounds."""
        return 1 + self.rounds


@dataclass(frozen=True, slots=True)
class Round:
    """One contestant's run. ``others_cores`` is how many cores the rest of the machine used."""

    load: Load
    server_cpu_seconds: float
    others_cores: float
    memory: Memory

    @property
    def cpu_microseconds(self) -> float:
        return self.server_cpu_seconds / self.load.answered * 1e6


@dataclass(frozen=True, slots=True)
class Measured:
    """The rounds of each contestant, and why peers could not be measured, by their names."""

    rounds: Mapping[str, list[Round]]
    given_up: Mapping[str, str] = field(default_factory=dict)


def measure(call: Call, running: Sequence[Running], plan: Plan, cores: Cores) -> Measured:
    """Raises LoadClientError when one refuses that is no peer."""
    rounds: dict[str, list[Round]] = {one.contestant.name: [] for one in running}
    given_up: dict[str, str] = {}
    for index in range(plan.runs):
        # There and back again: what grows from run to run weighs on all alike.
        for one in running if index % 2 else reversed(running):
            name = one.contestant.name
            if name in given_up or (one.contestant.is_peer and index > plan.peer_rounds):
                continue
            try:
                done = _run(call, one, plan, cores, index)
            except LoadClientError as error:
                if not one.contestant.is_peer:
                    raise
                given_up[name] = str(error)
                continue
            if index:
                rounds[name].append(done)
    return Measured({name: own for name, own in rounds.items() if own}, given_up)


def _run(call: Call, one: Running, plan: Plan, cores: Cores, index: int) -> Round:
    seconds = plan.seconds if index else plan.warm_up_seconds
    one.server.wait_until_idle()
    with _logins(one, plan):
        busy, cpu = busy_seconds(), one.server.cpu_seconds()
        load = run_wrk(
            call.script,
            _arguments(call, one, plan, index),
            port=one.place.port,
            connections=call.connections or plan.connections,
            seconds=seconds,
            core=cores.client,
        )
        cpu = one.server.cpu_seconds() - cpu
        others = busy_seconds() - busy - cpu - load.cpu_seconds
    nothing = index > 0 and not load.answered
    if load.broken or nothing or (load.refused and not one.contestant.is_peer):
        raise LoadClientError(
            f"{one.contestant.name}, {call.name}: {load.answered} requests were answered, "
            f"{load.refused} refused and {load.broken} broken off, so that nothing was measured."
        )
    return Round(load, cpu, max(0.0, others / load.seconds), one.server.memory_of_worker())


def _logins(one: Running, plan: Plan) -> AbstractContextManager[None]:
    path = one.contestant.paths.get("login")
    if plan.logins is None or path is None:
        return nullcontext()
    return plan.logins.beside(one.place.port, path)


def _arguments(call: Call, one: Running, plan: Plan, index: int) -> list[str]:
    folder, users = one.place.folder, str(call.users)
    access = [_file(folder, ACCESS_TOKENS), users]
    chains = [_file(folder, REFRESH_TOKENS), str(_chains_before(call, plan, index))]
    chains += [str(plan.chains)]
    own = {
        Needs.ACCESS: access,
        Needs.ETAGS: [*access, _file(folder, ETAGS)],
        Needs.CHAINS: chains,
        Needs.BOTH: [*access, *chains],
        Needs.EMAILS: [_file(folder, EMAILS), users, PASSWORD],
    }
    return [*(one.contestant.paths[path] for path in call.paths), *own[call.needs]]


def _chains_before(call: Call, plan: Plan, index: int) -> int:
    """How many refresh tokens are other runs'."""
    runs_before = sum(plan.runs for other in CALLS[: CALLS.index(call)] if other.chains)
    return (runs_before + index) * plan.chains


def _file(folder: Path, name: str) -> str:
    return str((folder / name).absolute())
