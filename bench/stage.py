"""From a list of contestants to servers that run, each on its own copy of the data."""

import random
import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count

from bench.contestant import EMAILS, Contestant, Place
from bench.dataset import CACHE, DATABASE, Dataset, email_of
from bench.machine import Cores
from bench.rounds import CHAINS, Running
from bench.server_process import ServerError, environment, running

FOLDER = CACHE / "running"


@dataclass(frozen=True, slots=True)
class Entry:
    contestant: Contestant
    data: Dataset


@dataclass(frozen=True, slots=True)
class Equipment:
    """What each server gets: how many processes and threads, and tokens of how many users.

    ``runs`` is how many will use up refresh tokens; each wait for the disk lasts ``sync_delay`` ms
    longer than it would.
    """

    workers: int
    threads: int
    sync_delay: float
    users: int
    runs: int


@contextmanager
def stage(entries: Sequence[Entry], equipment: Equipment, cores: Cores) -> Iterator[list[Running]]:
    """All servers, waiting for requests. Their data is removed afterwards."""
    with prepared(entries, equipment) as places, ExitStack() as stack:
        yield [
            Running(
                entry.contestant,
                place,
                stack.enter_context(running(entry.contestant, place, cores.server)),
                count(step=CHAINS),
            )
            for entry, place in zip(entries, places, strict=True)
        ]


@contextmanager
def prepared(entries: Sequence[Entry], equipment: Equipment) -> Iterator[list[Place]]:
    """All that the servers need, before any of them runs."""
    try:
        yield [_prepare(entry, equipment) for entry in entries]
    finally:
        shutil.rmtree(FOLDER, ignore_errors=True)


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


def _prepare(entry: Entry, equipment: Equipment) -> Place:
    contestant, data = entry.contestant, entry.data
    place = Place(
        FOLDER / contestant.name,
        _free_port(),
        equipment.workers,
        equipment.threads,
        equipment.sync_delay,
    )
    shutil.rmtree(place.folder, ignore_errors=True)
    place.folder.mkdir(parents=True)
    shutil.copyfile(data.file, place.folder / DATABASE)
    readers = random.Random(1).sample(data.users, min(equipment.users, len(data.users)))
    done = subprocess.run(
        [place.fill(word) for word in contestant.prepare],
        env=environment(contestant, place),
        input=_wanted_sessions(readers, equipment),
        text=True,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise ServerError(f"{contestant.name} could not be prepared: {done.stderr.strip()}")
    (place.folder / EMAILS).write_text("".join(f"{email_of(user)}\n" for user in readers))
    return place


def _wanted_sessions(readers: Sequence[int], equipment: Equipment) -> str:
    # One more than are sent under load is for the check before it.
    chains = CHAINS * equipment.runs + 1
    lines = [f"access {user}" for user in readers]
    lines += [f"refresh {readers[index % len(readers)]}" for index in range(chains)]
    return "\n".join(lines)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
