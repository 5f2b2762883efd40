"""A real `taskward serve` as a child process, and the other commands."""

import os
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from threading import Event, Thread
from time import monotonic, sleep
from typing import Self

import httpx

FOR_TESTS = {
    "TASKWARD_SIGNUPS_PER_ADDRESS": "1000000",  # all tests share an address
    "TASKWARD_ARGON2_MEMORY_KIB": "8",
    "TASKWARD_ARGON2_TIME_COST": "1",
}
# Less than what a worker is given before it is killed, so that it shows when one has to be.
DEADLINE_SECONDS = 25

_keepers: list[socket.socket] = []

# Shared, for making one takes longer than most tests.
_NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def command() -> list[str]:
    return [str(Path(sys.executable).with_name("taskward"))]


def environment(data_dir: Path, **settings: str) -> dict[str, str]:
    """The environment of this process without its own TASKWARD_ settings, and with these."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("TASKWARD_")}
    given = {f"TASKWARD_{name}": value for name, value in settings.items()}
    return {**inherited, **FOR_TESTS, "TASKWARD_DATA_DIR": str(data_dir), **given}


def run(
    data_dir: Path,
    *arguments: str,
    settings: Mapping[str, str] | None = None,
    prefix: Sequence[str] = (),
) -> subprocess.CompletedProcess[str]:
    """A command that ends by itself."""
    return subprocess.run(
        [*prefix, *command(), *arguments],
        env=environment(data_dir, **(settings or {})),
        cwd=data_dir.parent,
        check=False,
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
    )


def until(condition: Callable[[], bool], what: str) -> None:
    """Wait for what no event tells of."""
    deadline = monotonic() + DEADLINE_SECONDS
    while not condition():
        assert monotonic() < deadline, f"waited in vain until {what}"
        sleep(0.01)


def worker_of(answer: httpx.Response) -> str:
    """Which worker process has answered: the ids that one gives to its requests begin alike."""
    return answer.headers["X-Request-ID"].partition("-")[0]


def free_port() -> int:
    """One that no other process is given meanwhile, to listen at or to connect from."""
    keeper = socket.socket()
    # With this option here and there, a server may bind it as well.
    keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    keeper.bind(("127.0.0.1", 0))
    _keepers.append(keeper)
    port: int = keeper.getsockname()[1]
    return port


def _groups_of_living_processes() -> Iterator[int]:
    """A process that has ended, but whose parent has not taken notice, is not among them."""
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):
            state, _, group, *_ = status.read_text().rpartition(")")[2].split()
            if state not in "ZX":
                yield int(group)


@dataclass
class RunningServer:
    """Use as a context manager: inside it, the server answers."""

    data_dir: Path
    settings: dict[str, str] = field(default_factory=dict)
    scheme: str = "http"
    arguments: tuple[str, ...] = ()
    program: Sequence[str] = field(default_factory=command)
    verify: ssl.SSLContext = field(default=_NO_CERTIFICATES, repr=False)
    variables: dict[str, str] = field(default_factory=dict)
    """Of the environment, beside the settings."""

    def __post_init__(self) -> None:
        self.port = free_port()
        self.lines: list[str] = []
        self.left_workers = False
        self._serves = Event()
        self.is_read = Event()
        """Nobody reads what it writes while this is cleared."""
        self.is_read.set()

    @property
    def base_url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        self._serves.clear()
        self.process = subprocess.Popen(
            [*self.program, "serve", *self.arguments],
            env=self.variables
            | environment(self.data_dir, **{"PORT": str(self.port)} | self.settings),
            cwd=self.data_dir.parent,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = Thread(target=self._read_lines, daemon=True)
        self._reader.start()
        if not self._serves.wait(DEADLINE_SECONDS) or self.process.poll() is not None:
            self.kill()
            raise AssertionError("the server did not start:\n" + "".join(self.lines))

    def stop(self) -> int:
        """End it as an operator does, and give its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.wait()

    def wait(self) -> int:
        """Its exit code, once it has ended."""
        try:
            return self.process.wait(DEADLINE_SECONDS)
        finally:
            self._close()

    def kill(self) -> None:
        """End the server and its workers as a power cut does."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(DEADLINE_SECONDS)
        until(lambda: self.is_gone, "the workers are gone too")
        self._close()

    @property
    def output(self) -> str:
        return "".join(self.lines)

    @property
    def worker_pids(self) -> list[int]:
        pid = self.process.pid
        return [int(pid) for pid in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    @property
    def is_gone(self) -> bool:
        """Whether neither the server nor any of its workers runs any more."""
        return not any(group == self.process.pid for group in _groups_of_living_processes())

    def client(self, token: str | None = None) -> httpx.Client:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.Client(
            base_url=self.base_url, headers=headers, timeout=DEADLINE_SECONDS, verify=self.verify
        )

    @contextmanager
    def crowd(self, size: int = 20, workers: int = 2) -> Iterator[list[httpx.Client]]:
        """Clients with a connection each, so that together they reach all worker processes."""
        for attempt in count():
            with ExitStack() as stack:
                clients = [stack.enter_context(self.client()) for _ in range(size)]
                reached = {worker_of(client.get("/healthz")) for client in clients}
                if len(reached) == workers:
                    yield clients
                    return
            assert attempt < DEADLINE_SECONDS * 10, f"{workers} workers expected, {reached} seen"
            sleep(0.1)  # a worker may have just begun

    def _read_lines(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.is_read.wait()
            self.lines.append(line)
            if "Taskward serves" in line:
                self._serves.set()
        self._serves.set()

    def _close(self) -> None:
        self.left_workers = self.left_workers or not self.is_gone
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.is_read.set()
        self._reader.join(DEADLINE_SECONDS)
        assert self.process.stdout is not None
        self.process.stdout.close()
