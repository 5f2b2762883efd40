"""The machine, as far as it explains figures."""

import os
import platform
import sqlite3
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Cores:
    """Which core serves and which one makes the load. None: any."""

    server: int | None
    client: int | None


def choose_cores(pin_server: bool) -> Cores:
    available = sorted(os.sched_getaffinity(0))
    if len(available) < 2 or not pin_server:
        # Who could not flee from the load would have to wait for it.
        return Cores(server=None, client=None)
    return Cores(server=available[0], client=available[-1])


def pinned_to(core: int | None) -> list[str]:
    """What to put before a command, so that it and its children stay on a core."""
    return [] if core is None else ["taskset", "--cpu-list", str(core)]


def with_slower_disk(milliseconds: float) -> list[str]:
    """What to put before a command, so that each wait for the disk lasts so much longer.

    strace holds up the calls that wait, and by its filter no others.
    """
    if not milliseconds:
        return []
    delay = f"inject=fsync,fdatasync:delay_enter={round(milliseconds * 1000)}"
    quietly = ["--follow-forks", "--quiet=all", "--signal=none", "--output=/dev/null"]
    return ["strace", "--seccomp-bpf", *quietly, "--trace=fsync,fdatasync", "-e", delay]


def describe() -> dict[str, str]:
    return {
        "cpu": f"{_cpu_model()}, {len(os.sched_getaffinity(0))} cores",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "granian": version("granian"),
        "falcon": version("falcon"),
    }


def busy_seconds() -> float:
    """What all cores together have worked so far, for anybody, and what was stolen from them."""
    fields = [int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
    user, nice, system, _, _, irq, softirq, steal = fields[:8]
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def _cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
