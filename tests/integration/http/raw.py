"""Requests as bytes, for what no HTTP library would send."""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from tests.integration.http.running_server import DEADLINE_SECONDS, RunningServer

_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")

_ANSWER = re.compile(rb"(?=HTTP/1\.[01] \d{3} )")
_LAST = b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Request-ID: last\r\nConnection: close\r\n\r\n"


@dataclass(frozen=True)
class Exchange:
    received: bytes

    @property
    def statuses(self) -> list[int]:
        return [int(status) for status in _STATUS.findall(self.received)]

    @property
    def is_problem(self) -> bool:
        return b"application/problem+json" in self.received


@contextmanager
def connection(server: RunningServer, address: str = "127.0.0.1") -> Iterator[socket.socket]:
    with socket.create_connection(
        ("127.0.0.1", server.port), timeout=DEADLINE_SECONDS, source_address=(address, 0)
    ) as opened:
        yield opened


def exchange(server: RunningServer, sent: bytes, *, leave: bool = False) -> Exchange:
    """Send, and take what comes until the server closes.

    A last request asks it to close, where it has not done so for what came before; ``leave`` ends
    what is sent instead.
    """
    received = b""
    # Whoever is refused early may find the connection reset when sending the rest.
    with connection(server) as opened, suppress(ConnectionError):
        opened.sendall(sent if leave else sent + _LAST)
        if leave:
            with suppress(OSError):  # refused and closed before that
                opened.shutdown(socket.SHUT_WR)
        while chunk := opened.recv(65536):
            received += chunk
    answers = [each for each in _ANSWER.split(received) if b"x-request-id: last" not in each]
    return Exchange(b"".join(answers))


def read_answer(opened: socket.socket) -> Exchange:
    """One answer on a connection that stays open. Raises TimeoutError when none comes."""
    received = b""
    while b"\r\n\r\n" not in received:
        chunk = opened.recv(65536)
        if not chunk:
            return Exchange(received)
        received += chunk
    head, _, body = received.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head.lower())
    while length and len(body) < int(length[1]):
        chunk = opened.recv(65536)
        if not chunk:
            break
        body += chunk
    return Exchange(head + b"\r\n\r\n" + body)
