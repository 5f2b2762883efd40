"""What the bench needs to know of a server to measure it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

ACCESS_TOKENS = "access_tokens.txt"
REFRESH_TOKENS = "refresh_tokens.txt"
EMAILS = "emails.txt"
ETAGS = "etags.txt"


@dataclass(frozen=True, slots=True)
class Contestant:
    """A server as commands to run from the top of the repository.

    ``prepare`` runs once, when a copy of the data stands in the contestant's folder as
    ``taskward.db``. It reads from standard input one line a session to begin: ``access`` or
    ``refresh``, a space and the user's id. It writes the tokens of those sessions, one a line and
    in that order, to ``access_tokens.txt`` and ``refresh_tokens.txt`` in the folder.

    ``serve`` then serves until SIGTERM. In all three, ``{folder}``, ``{port}``, ``{workers}`` and
    ``{threads}`` are filled in.

    ``installed`` succeeds where what the contestant needs is installed. Peers are what Taskward is
    compared with beside the floor: there may be fewer rounds of them, and what they refuse is told
    instead of ending the bench.

    ``paths`` names the path of each call that the contestant takes part in, by the call's name.
    """

    name: str
    prepare: tuple[str, ...]
    serve: tuple[str, ...]
    environment: Mapping[str, str]
    installed: tuple[str, ...] = ("true",)
    is_peer: bool = False
    paths: Mapping[str, str] = field(
        default_factory=lambda: {
            "list": "/api/tasks",
            "refresh": "/api/users/refresh_token",
            "add": "/api/tasks",
            "login": "/api/users/login",
        }
    )


@dataclass(frozen=True, slots=True)
class Place:
    """Where one contestant runs; ``sync_delay`` is how much slower the disk is made, in ms."""

    folder: Path
    port: int
    workers: int
    threads: int
    sync_delay: float

    def fill(self, text: str) -> str:
        return text.format(
            folder=self.folder, port=self.port, workers=self.workers, threads=self.threads
        )
