"""The load, in a process of its own: wrk at a server's limit, open_loop.py at a steady rate."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.machine import pinned_to

HERE = Path(__file__).parent


class LoadClientError(Exception):
    """Why the load could not be made, in one line."""


@dataclass(frozen=True, slots=True)
class Load:
    """What one run saw. Latencies are in microseconds; ``cpu_seconds`` are the client's own.

    ``held_up_seconds`` is for how long the client was not let run when it had to send.
    """

    requests: int
    seconds: float
    p50: float
    p95: float
    p99: float
    p999: float
    longest: float
    refused: int
    broken: int
    cpu_seconds: float
    held_up_seconds: float = 0.0

    @property
    def answered(self) -> int:
        """Those that were not refused."""
        return self.requests - self.refused

    @property
    def requests_per_second(self) -> float:
        return self.answered / self.seconds


def require_wrk() -> None:
    if shutil.which("wrk") is None:
        raise LoadClientError("wrk is missing. Debian and Ubuntu: apt-get install wrk")


def run_wrk(
    script: str,
    arguments: Sequence[str],
    *,
    port: int,
    connections: int,
    seconds: int,
    core: int | None,
) -> Load:
    """Keep ``connections`` requests under way for ``seconds``. Raises LoadClientError."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s"]
    command += ["-s", script, f"http://127.0.0.1:{port}", "--", *arguments]
    return _load(command, HERE / "wrk", core, seconds)


def run_open_loop(
    kind: str, arguments: Sequence[str], *, port: int, rate: float, seconds: int, core: int | None
) -> Load:
    """``rate`` requests a second for ``seconds``. Raises LoadClientError."""
    command = [sys.executable, "-m", "bench.open_loop", kind, *map(str, (port, rate, seconds))]
    return _load([*command, *arguments], HERE.parent, core, seconds)


def _load(command: Sequence[str], folder: Path, core: int | None, seconds: int) -> Load:
    before = os.times()
    finished = subprocess.run(
        [*pinned_to(core), *command],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds + 60,
    )
    after = os.times()
    lines = finished.stdout.splitlines()
    if finished.returncode or not lines or not lines[-1].startswith("{"):
        said = (finished.stderr.strip() or finished.stdout.strip()).splitlines()
        raise LoadClientError(f"The load could not be made: {said[-1] if said else 'no word why'}")
    cpu_seconds = sum(after[2:4]) - sum(before[2:4])
    return Load(**json.loads(lines[-1]), cpu_seconds=cpu_seconds)
