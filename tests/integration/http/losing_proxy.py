"""Between a client and a server: loses answers on their way back, as networks do."""

import socket
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from time import monotonic
from typing import Self

from tests.integration.http.running_server import free_port

PATIENCE = 2.5
"""Seconds after which Taskward's own clients ask again, when a refresh or so is not answered."""


def retries_since(began: float) -> int:
    """As many as there may be of a request where answers are late."""
    return int((monotonic() - began) / PATIENCE)


class LosingProxy:
    """Carries one request a connection. Those for which ``loses`` is true are never answered.

    It may take its time to tell: the answer is late then. ``came`` is what was asked, and when.
    """

    def __init__(self, port: int, loses: Callable[[bytes], bool]) -> None:
        self._target = port
        self._loses = loses
        self.came: list[tuple[float, bytes]] = []
        self.port = free_port()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._thread = Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        # Browsers open connections ahead, and give up those on which nothing comes.
        with client, suppress(ConnectionError):
            request = _whole_request(client)
            if not request:
                return
            self.came.append((monotonic(), request))
            with socket.create_connection(("127.0.0.1", self._target)) as server:
                server.sendall(request.replace(b"keep-alive", b"close"))
                answer = b"".join(iter(lambda: server.recv(65536), b""))
            if not self._loses(request):
                client.sendall(answer)


def _whole_request(client: socket.socket) -> bytes:
    """Head and body of a request that says how long it is."""
    received = b""
    while b"\r\n\r\n" not in received:
        part = client.recv(65536)
        if not part:
            return b""
        received += part
    head, _, body = received.partition(b"\r\n\r\n")
    length = next(
        (
            int(line.partition(b":")[2])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length:")
        ),
        0,
    )
    while len(body) < length:
        body += client.recv(65536)
    return head + b"\r\n\r\n" + body
