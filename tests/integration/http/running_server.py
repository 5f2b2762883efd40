"""A real `taskward serve` as a child process."""

import os
import signal
import socket
import ssl
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Self

import httpx

FAST_HASHING = {
    "TASKWARD_ARGON2_MEMORY_KIB": "8",
    "TASKWARD_ARGON2_TIME_COST": "1",
}
DEADLINE_SECONDS = 30


def command() -> list[str]:
    return [str(Path(sys.executable).with_name("taskward"))]


def environment(data_dir: Path, **settings: str) -> dict[str, str]:
    """The environment of this process without its own TASKWARD_ settings, and with these."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("TASKWARD_")}
    given = {f"TASKWARD_{name}": value for name, value in settings.items()}
    return {**inherited, **FAST_HASHING, "TASKWARD_DATA_DIR": str(data_dir), **given}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@dataclass
class RunningServer:
    """Use as a context manager: inside it, the server answers."""

    data_dir: Path
    settings: dict[str, str] = field(default_factory=dict)
    scheme: str = "http"
    arguments: tuple[str, ...] = ()
    trust: ssl.SSLContext | bool = True

    def __post_init__(self) -> None:
        self.port = free_port()
        self.lines: list[str] = []
        self._serves = Event()

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
            [*command(), "serve", *self.arguments],
            env=environment(self.data_dir, PORT=str(self.port), **self.settings),
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
        code = self.process.wait(DEADLINE_SECONDS)
        self._close()
        return code

    def kill(self) -> None:
        """End the server and its workers as a power cut does."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(DEADLINE_SECONDS)
        self._close()

    def client(self, token: str | None = None) -> httpx.Client:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.Client(
            base_url=self.base_url, headers=headers, verify=self.trust, timeout=DEADLINE_SECONDS
        )

    def _read_lines(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
            if "Taskward serves" in line:
                self._serves.set()
        self._serves.set()

    def _close(self) -> None:
        self._reader.join(DEADLINE_SECONDS)
        assert self.process.stdout is not None
        self.process.stdout.close()
