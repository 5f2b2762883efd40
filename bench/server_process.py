"""A contestant's server while it runs, and what it costs."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from bench.contestant import Contestant, Place
from bench.machine import pinned_to, with_slower_disk

SECONDS_TO_START = 60
SECONDS_TO_CALM_DOWN = 3
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")


class ServerError(Exception):
    """Why a server can't be measured, in one line."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Of one worker, in KiB, on average: all that it maps, and its share of it."""

    rss: int
    pss: int


@dataclass(frozen=True, slots=True)
class Server:
    pid: int
    seconds_to_answer: float

    def cpu_seconds(self) -> float:
        """What all its processes have used so far, user and system, at 10 ms resolution."""
        return sum(_ticks(pid) for pid in _family(self.pid)) / TICKS_PER_SECOND

    def wait_until_idle(self) -> None:
        """Until what was begun for a client that has gone, such as a hash, is no longer at work."""
        deadline = time.monotonic() + SECONDS_TO_CALM_DOWN
        before = -1.0
        while (used := self.cpu_seconds()) != before and time.monotonic() < deadline:
            before = used
            time.sleep(0.1)

    def memory_of_worker(self) -> Memory:
        """The workers are its largest processes."""
        sizes = [_rollup(pid) for pid in _family(self.pid)[1:]] or [_rollup(self.pid)]
        largest = max(size.rss for size in sizes)
        workers = [size for size in sizes if size.rss > largest / 2]
        return Memory(
            rss=sum(size.rss for size in workers) // len(workers),
            pss=sum(size.pss for size in workers) // len(workers),
        )


@contextmanager
def running(contestant: Contestant, place: Place, core: int | None) -> Iterator[Server]:
    """The contestant's server, answering; its output goes to ``server.log`` in its folder."""
    log = place.folder / "server.log"
    began = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                *pinned_to(core),
                *with_slower_disk(place.sync_delay),
                *(place.fill(word) for word in contestant.serve),
            ],
            env=environment(contestant, place),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_until_it_answers(contestant.name, process, place.port, log)
        yield Server(process.pid, time.monotonic() - began)
    finally:
        _stop(process)


def _stop(process: "subprocess.Popen[bytes]") -> None:
    # All of them: strace would pass it on to nobody.
    _tell(process, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=30)
    # Who was stopped while it started may have left a worker, which would answer for the next one.
    _tell(process, signal.SIGKILL)
    process.wait()


def _tell(process: "subprocess.Popen[bytes]", what: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, what)


def environment(contestant: Contestant, place: Place) -> dict[str, str]:
    own = {name: place.fill(value) for name, value in contestant.environment.items()}
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("TASKWARD_")}
    return inherited | own


def _wait_until_it_answers(
    name: str, process: "subprocess.Popen[bytes]", port: int, log: Path
) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline and process.poll() is None:
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/api/tasks")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.005)
        else:
            return
        finally:
            connection.close()
    tail = log.read_text(errors="replace").strip().splitlines()[-5:]
    raise ServerError(f"{name} does not answer. It said: {' / '.join(tail) or 'nothing'}")


def _family(pid: int) -> list[int]:
    """The process and all that descend from it, itself first."""
    children = (PROC / f"{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in children for one in _family(int(child)))]


def _ticks(pid: int) -> int:
    # The command's name, in parentheses, may hold spaces: count from its end.
    fields = (PROC / f"{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def _rollup(pid: int) -> Memory:
    sizes = {
        line.split(":")[0]: int(line.split()[1])
        for line in (PROC / f"{pid}/smaps_rollup").read_text().splitlines()[1:]
    }
    return Memory(rss=sizes["Rss"], pss=sizes["Pss"])
