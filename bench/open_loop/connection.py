"""An open connection that carries one request at a time: as little of HTTP/1.1 as a load needs."""

import re
import socket
from typing import NamedTuple

CONTENT_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class Answer(NamedTuple):
    status: int
    body: bytes


class Connection:
    """``due`` is when the request under way had to be sent, by whatever clock the caller uses."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._received = b""
        self.due = 0.0

    def fileno(self) -> int:
        return self._socket.fileno()

    def send(self, request: bytes, due: float) -> None:
        self._received = b""
        self.due = due
        self._socket.sendall(request)

    def receive(self) -> Answer | None:
        """Read what is there; the answer, once it is whole. Raises ConnectionError."""
        more = self._socket.recv(1 << 16)
        if not more:
            raise ConnectionError("The server closed a connection that was in use.")
        self._received += more
        head, end, body = self._received.partition(b"\r\n\r\n")
        if not end:
            return None
        length = CONTENT_LENGTH.search(head)
        if length is None:
            raise ConnectionError("The server answers without saying how long the answer is.")
        return Answer(int(head[9:12]), body) if len(body) >= int(length[1]) else None
