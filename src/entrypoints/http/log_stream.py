"""Where lines of a log go, without waiting for whoever reads them."""

import logging
import os
import stat
from select import PIPE_BUF, POLLOUT, poll


class LogStream:
    """Writes lines for as long as there is room for them. For one thread at a time.

    Whoever reads a pipe or a terminal may stop: a collector that hangs, Ctrl-S. Once the system
    has taken what it keeps for them, 64 KiB of a pipe, a write would wait for as long as they like.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._room: poll | None = None
        self._rest = b""
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            return
        try:
            # Not to wait is a property of what was opened, and other processes have this one, too,
            # the operator's shell for one. A file's own place in it would be lost.
            self._descriptor = os.open(
                f"/proc/self/fd/{descriptor}", os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY
            )
        except OSError:  # a socket, or another user's: what is left is to look for room before
            self._room = poll()
            self._room.register(descriptor, POLLOUT)

    def write(self, line: bytes) -> bool:
        """Whether there was room. Workers don't mix their lines of up to 4 KiB."""
        if self._rest:
            self._rest = self._without_what_goes(self._rest)
        rest = line if self._rest else self._without_what_goes(line)
        if len(rest) == len(line):
            return False
        # A terminal takes what it has room for: the rest is to go before the next line.
        self._rest = rest
        return True

    def _without_what_goes(self, data: bytes) -> bytes:
        try:
            # A pipe that has room at all has room for so much.
            while data and (self._room is None or self._room.poll(0)):
                data = data[os.write(self._descriptor, data[:PIPE_BUF]) :]
        except OSError:  # no room, or nobody there any more
            return data
        return data


class WarningHandler(logging.Handler):
    """For the warnings of a worker, which come up while requests are answered."""

    def __init__(self, descriptor: int) -> None:
        super().__init__(logging.WARNING)
        self._stream = LogStream(descriptor)

    def emit(self, record: logging.LogRecord) -> None:
        self._stream.write(f"{self.format(record)}\n".encode())
