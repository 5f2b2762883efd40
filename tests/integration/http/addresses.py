"""Clients at addresses of their own: all of 127.0.0.0/8 is this machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import httpx

from tests.integration.http.running_server import DEADLINE_SECONDS, RunningServer

_numbers = count(2 * 256)


def new_address() -> str:
    """One that no other test uses, so that nobody is slowed down for another's guesses."""
    number = next(_numbers)
    return f"127.77.{number // 256}.{number % 256}"


@contextmanager
def client_at(server: RunningServer, address: str | None = None) -> Iterator[httpx.Client]:
    transport = httpx.HTTPTransport(verify=server.verify, local_address=address or new_address())
    with httpx.Client(
        base_url=server.base_url, transport=transport, timeout=DEADLINE_SECONDS
    ) as client:
        yield client
