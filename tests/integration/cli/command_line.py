"""The `taskward` command as somebody runs it: a process, on a machine of one's own."""

import json
import os
import pty
import select
import signal
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any, TypeAlias

from tests.integration.http.running_server import DEADLINE_SECONDS, command

Line: TypeAlias = str | Callable[[str], str]
"""What is typed, or a function that makes it of what has been shown."""


@dataclass
class Machine:
    """A home directory, and what is set in its environment."""

    home: Path
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """This process's, without what would lead to its own settings and tokens or hide faults."""
        own = ("TASKWARD_", "XDG_", "PYTHON_KEYRING", "DBUS_", "PYTHONUNBUFFERED")
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(own)}
        return {**inherited, "HOME": str(self.home), "TERM": "xterm", **self.variables}

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*command(), *arguments],
            env=self.environment,
            cwd=self.home,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, typed: str = "", code: int = 0) -> str:
        """What a command says on standard output. It must end with this exit code."""
        return self.ran(*arguments, typed=typed, code=code).stdout

    def fail(self, *arguments: str, typed: str = "", code: int = 1) -> str:
        """The one line in which a command tells why it failed."""
        complaint = self.ran(*arguments, typed=typed, code=code).stderr
        assert complaint.startswith("taskward: "), complaint
        assert complaint.count("\n") == 1, complaint
        return complaint

    def ran(
        self, *arguments: str, typed: str = "", code: int = 0
    ) -> subprocess.CompletedProcess[str]:
        process = self.start(*arguments)
        out, err = process.communicate(typed, DEADLINE_SECONDS)
        assert process.returncode == code, (arguments, process.returncode, out, err)
        return subprocess.CompletedProcess(arguments, code, out, err)

    def json(self, *arguments: str, typed: str = "") -> Any:
        return json.loads(self.run(*arguments, "--json", typed=typed))

    def on_terminal(self, *arguments: str, typed: Sequence[Line] = ()) -> tuple[str, int]:
        """What a command shows on a terminal, and its exit code; each line is typed when asked."""
        pid, terminal = pty.fork()
        if pid == 0:
            # It is ignored in what a shell has started in the background, such as these tests.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.chdir(self.home)
            os.execve(command()[0], [*command(), *arguments], self.environment)
        shown, lines = b"", list(typed)
        deadline = monotonic() + DEADLINE_SECONDS
        while True:
            ready, _, _ = select.select([terminal], [], [], 0.1)
            if ready:
                try:
                    read = os.read(terminal, 4096)
                except OSError:  # how Linux tells that the other side has closed it
                    break
                if not read:
                    break
                shown += read
                if lines and shown.endswith(b": "):
                    line = lines.pop(0)
                    text = line if isinstance(line, str) else line(shown.decode())
                    os.write(terminal, f"{text}\n".encode())
            elif monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
                raise AssertionError(f"{arguments} hangs after:\n{shown.decode()}")
        os.close(terminal)
        _, status = os.waitpid(pid, 0)
        return shown.decode(), os.waitstatus_to_exitcode(status)
