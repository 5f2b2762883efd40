"""What is sent: the same requests as by the scripts of wrk."""

import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import cycle
from typing import Protocol

NEW_TASK = '{"name":"Water the plants in the hall","isCompleted":false}'
REFRESH_TOKEN = re.compile(rb'"refreshToken": ?"([^"]+)"')


class Requests(Protocol):
    def next(self) -> bytes: ...

    def answered(self, body: bytes) -> None: ...


class Repeated:
    """Those of many users in turn."""

    def __init__(self, requests: Iterator[bytes]) -> None:
        self._requests = cycle(list(requests))

    def next(self) -> bytes:
        return next(self._requests)

    def answered(self, body: bytes) -> None:
        pass


class Chained:
    """Each refresh token is sent once: the one that is answered takes its place."""

    def __init__(self, path: str, tokens: Sequence[str]) -> None:
        self._path = path
        self._tokens = deque(tokens)

    def next(self) -> bytes:
        return _post(self._path, f'{{"refreshToken":"{self._tokens.popleft()}"}}')

    def answered(self, body: bytes) -> None:
        if found := REFRESH_TOKEN.search(body):
            self._tokens.append(found[1].decode())


def _lists(path: str, tokens: Sequence[str]) -> Repeated:
    return Repeated(f"GET {path} HTTP/1.1\r\n{_of(token)}\r\n".encode() for token in tokens)


def _adds(path: str, tokens: Sequence[str]) -> Repeated:
    return Repeated(_post(path, NEW_TASK, _of(token)) for token in tokens)


def _post(path: str, body: str, headers: str = "Host: 127.0.0.1\r\n") -> bytes:
    headers += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return f"POST {path} HTTP/1.1\r\n{headers}\r\n{body}".encode()


def _of(token: str) -> str:
    return f"Host: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"


REQUESTS: Mapping[str, Callable[[str, Sequence[str]], Requests]] = {
    "list": _lists,
    "add": _adds,
    "refresh": Chained,
}
