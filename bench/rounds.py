"""Alternating rounds: every contestant in turn, again and again, so that all share the weather."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from bench.call import Call
from bench.contestant import ACCESS_TOKENS, REFRESH_TOKENS, Contestant, Place
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
        return self.server_cpu_seconds / self.load.requests * 1e6


def measure(
    call: Call, field: Sequence[Running], plan: Plan, cores: Cores
) -> Mapping[str, list[Round]]:
    """The rounds of each contestant, by its name. Raises LoadClientError when one refuses."""
    results: dict[str, list[Round]] = {one.contestant.name: [] for one in field}
    for one in field:
        _run(call, one, plan, cores, index=0)
    for index in range(1, plan.runs):
        # There and back again: what grows from run to run weighs on all alike.
        for one in field if index % 2 else reversed(field):
            results[one.contestant.name].append(_run(call, one, plan, cores, index))
    return results


def _run(call: Call, one: Running, plan: Plan, cores: Cores, index: int) -> Round:
    seconds = plan.seconds if index else plan.warm_up_seconds
    with _logins(one, plan):
        busy, cpu = busy_seconds(), one.server.cpu_seconds()
        load = run_wrk(
            call.script,
            _arguments(call, one, plan, index),
            port=one.place.port,
            connections=plan.connections,
            seconds=seconds,
            core=cores.client,
        )
        cpu = one.server.cpu_seconds() - cpu
        others = busy_seconds() - busy - cpu - load.cpu_seconds
    if load.refused or load.broken:
        raise LoadClientError(
            f"{one.contestant.name}, {call.name}: {load.refused} requests were refused and "
            f"{load.broken} broken off, so that nothing was measured."
        )
    return Round(load, cpu, max(0.0, others / load.seconds), one.server.memory_of_worker())


def _logins(one: Running, plan: Plan) -> AbstractContextManager[None]:
    path = one.contestant.paths.get("login")
    if plan.logins is None or path is None:
        return nullcontext()
    return plan.logins.beside(one.place.port, path)


def _arguments(call: Call, one: Running, plan: Plan, index: int) -> list[str]:
    path, folder = one.contestant.paths[call.path], one.place.folder
    if call.chains:
        return [path, _file(folder, REFRESH_TOKENS), str(index * plan.chains), str(plan.chains)]
    return [path, _file(folder, ACCESS_TOKENS), str(call.users)]


def _file(folder: Path, name: str) -> str:
    return str((folder / name).absolute())
