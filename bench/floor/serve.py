"""The floor behind granian, with the options that Taskward gives it."""

import sys

from granian.constants import Interfaces
from granian.server import Server


def main(port: int, workers: int, threads: int) -> None:
    Server(
        "bench.floor.app:app",
        address="127.0.0.1",
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=threads,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=30,
        log_level="warning",  # type: ignore[arg-type] # its own type says enum, its code takes both
    ).serve()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
