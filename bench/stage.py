"""From a list of contestants to servers that run, each on its own copy of the data."""

import random
import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.call import CALLS
from bench.contestant import Contestant, Place
from bench.dataset import DATABASE
from bench.machine import Cores
from bench.rounds import Plan, Running
from bench.server_process import ServerError, environment, running

READERS = max(call.users for call in CALLS)


@contextmanager
def stage(
    contestants: Sequence[Contestant],
    database: Path,
    users: Sequence[int],
    plan: Plan,
    *,
    folder: Path,
    workers: int,
    threads: int,
    cores: Cores,
) -> Iterator[list[Running]]:
    """All servers, waiting for requests. Their data is removed afterwards."""
    wanted = _wanted_sessions(users, plan)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        field = []
        for contestant in contestants:
            place = Place(folder / contestant.name, _free_port(), workers, threads)
            _prepare(contestant, place, database, wanted)
            server = stack.enter_context(running(contestant, place, cores.server))
            field.append(Running(contestant, place, server))
        yield field


def _wanted_sessions(users: Sequence[int], plan: Plan) -> str:
    dice = random.Random(1)
    chains = sum(call.chains for call in CALLS) * plan.runs * plan.chains
    lines = [f"access {user}" for user in dice.sample(users, min(READERS, len(users)))]
    lines += [f"refresh {dice.choice(users)}" for _ in range(chains)]
    return "\n".join(lines)


def _prepare(contestant: Contestant, place: Place, database: Path, wanted: str) -> None:
    shutil.rmtree(place.folder, ignore_errors=True)
    place.folder.mkdir(parents=True)
    shutil.copyfile(database, place.folder / DATABASE)
    done = subprocess.run(
        [place.fill(word) for word in contestant.prepare],
        env=environment(contestant, place),
        input=wanted,
        text=True,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise ServerError(f"{contestant.name} could not be prepared: {done.stderr.strip()}")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
