"""Alternating rounds: every contestant in turn, again and again, so that all share the weather."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from bench.call import Call, Needs
from bench.contestant import ACCESS_TOKENS, EMAILS, ETAGS, REFRESH_TOKENS, Contestant, Place
from bench.dataset import PASSWORD
from bench.load_client import Load, LoadClientError, run_wrk
from bench.machine import Cores, busy_seconds
from bench.server_process import Memory, Server

# Refresh tokens that one run starts from, more than there are connections. Those that are under way
# at its end are lost.
CHAINS = 256


@dataclass(frozen=True, slots=True)
class Running:
    """``unused_chains`` gives each run the line before its first refresh token."""

    contestant: Contestant
    place: Place
    server: Server
    unused_chains: Iterator[int]

    def file(self, name: str) -> str:
        return str((self.place.folder / name).absolute())


@dataclass(frozen=True, slots=True)
class Plan:
    rounds: int
    peer_rounds: int
    seconds: int
    warm_up_seconds: int
    connections: int

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

    rounds: dict[str, list[Round]]
    given_up: dict[str, str]


Run = Callable[[Running, int], Round]
"""One run against a server, for so many seconds. Raises LoadClientError."""

Beside = Callable[[Running], AbstractContextManager[None]]
"""What else goes on at a server while it is measured."""


def nothing(_: Running) -> AbstractContextManager[None]:
    return nullcontext()


def alternate(running: Sequence[Running], plan: Plan, run: Run) -> Measured:
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
                done = run(one, plan.seconds if index else plan.warm_up_seconds)
            except LoadClientError as error:
                if not one.contestant.is_peer:
                    raise
                given_up[name] = str(error)
                continue
            if index:
                rounds[name].append(done)
    return Measured({name: own for name, own in rounds.items() if own}, given_up)


def closed_loop(call: Call, plan: Plan, cores: Cores, beside: Beside = nothing) -> Run:
    """As many requests under way as there are connections: the server at its limit."""

    def run(one: Running, seconds: int) -> Round:
        def load() -> Load:
            return run_wrk(
                call.script,
                _arguments(call, one, plan),
                port=one.place.port,
                connections=call.connections or plan.connections,
                seconds=seconds,
                core=cores.client,
            )

        return watched(call, one, load, beside)

    return run


def watched(
    call: Call, one: Running, make_load: Callable[[], Load], beside: Beside = nothing
) -> Round:
    """What a load took of the server, and the rest of the machine of both."""
    one.server.wait_until_idle()
    busy, cpu = busy_seconds(), one.server.cpu_seconds()
    with beside(one):
        load = make_load()
    cpu = one.server.cpu_seconds() - cpu
    others = busy_seconds() - busy - cpu - load.cpu_seconds
    if load.broken or not load.answered or (load.refused and not one.contestant.is_peer):
        raise LoadClientError(
            f"{one.contestant.name}, {call.name}: {load.answered} requests were answered, "
            f"{load.refused} refused and {load.broken} broken off, so that nothing was measured."
        )
    return Round(load, cpu, max(0.0, others / load.seconds), one.server.memory_of_worker())


def _arguments(call: Call, one: Running, plan: Plan) -> list[str]:
    users = str(call.users)
    access = [one.file(ACCESS_TOKENS), users]
    chains: list[str] = []
    if call.chains:
        chains = [one.file(REFRESH_TOKENS), str(next(one.unused_chains)), str(CHAINS)]
    own = {
        Needs.ACCESS: access,
        Needs.ETAGS: [*access, one.file(ETAGS)],
        Needs.CHAINS: chains,
        Needs.BOTH: [*access, *chains],
        Needs.EMAILS: [one.file(EMAILS), users, PASSWORD],
    }
    return [*(one.contestant.paths[path] for path in call.paths), *own[call.needs]]
