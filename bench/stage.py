"""From a list of contestants to servers that run, each on its own copy of the data."""

import random
import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.call import CALLS
from bench.contestant import EMAILS, Contestant, Place
from bench.dataset import DATABASE, email_of
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
    readers = random.Random(1).sample(users, min(READERS, len(users)))
    wanted = _wanted_sessions(readers, plan)
    emails = "".join(f"{email_of(user)}\n" for user in readers)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        field = []
        for contestant in contestants:
            place = Place(folder / contestant.name, _free_port(), workers, threads)
            _prepare(contestant, place, database, wanted)
            (place.folder / EMAILS).write_text(emails)
            server = stack.enter_context(running(contestant, place, cores.server))
            field.append(Running(contestant, place, server))
        yield field


def _wanted_sessions(readers: Sequence[int], plan: Plan) -> str:
    # One more than are sent under load is for the check before it.
    chains = sum(call.chains for call in CALLS) * plan.runs * plan.chains + 1
    lines = [f"access {user}" for user in readers]
    lines += [f"refresh {readers[index % len(readers)]}" for index in range(chains)]
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


def missing(contestant: Contestant) -> str | None:
    """Why it can't be measured here, in one line, if it can't."""
    try:
        done = subprocess.run(contestant.installed, capture_output=True, text=True, check=False)
    except OSError as error:
        return f"{error.filename} is missing"
    if done.returncode == 0:
        return None
    said = [line for line in done.stderr.splitlines() if "Error" in line]
    return said[-1].strip() if said else f"{contestant.installed[0]} failed"


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
