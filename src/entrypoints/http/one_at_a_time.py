"""Requests of a worker take turns, so that they need not take them within."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from http import HTTPMethod
from typing import Any, Protocol

from entrypoints.http.body_places import Input, WsgiApp, has_body, sends_body_unasked
from entrypoints.http.request_body import MAX_BYTES

_SAFE = frozenset({HTTPMethod.GET, HTTPMethod.HEAD, HTTPMethod.OPTIONS, HTTPMethod.TRACE})
"""RFC 9110, section 9.2.1: these change nothing."""


class Turn(Protocol):
    """What is held while computing; ``aside`` gives it back for as long as one waits.

    Whoever may write comes by ``to_write``, so that those who wait are committed together.
    """

    def __enter__(self) -> object: ...

    def __exit__(self, *_: object) -> None: ...

    def to_write(self) -> AbstractContextManager[None]: ...

    def aside(self) -> AbstractContextManager[None]: ...


class OneAtATime:
    """WSGI middleware: a request computes while it has the turn, and waits without it."""

    def __init__(self, app: WsgiApp, turn: Turn) -> None:
        self._app = app
        self._turn = turn

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        if has_body(environ):
            body = _PatientInput(environ["wsgi.input"], self._turn)
            environ["wsgi.input"] = body
            if sends_body_unasked(environ):
                body.fetch(MAX_BYTES + 1)
        is_safe = environ["REQUEST_METHOD"] in _SAFE
        with self._turn if is_safe else self._turn.to_write():
            return self._app(environ, start_response)


class _PatientInput:
    """A body whose sender may be slow: nobody else waits for them.

    Nearly every body is as short as one read, so that much is fetched before the request's turn.
    To step aside within it would cost more than all else that is done to a body.
    """

    def __init__(self, stream: Input, turn: Turn) -> None:
        self._stream = stream
        self._turn = turn
        self._fetched = b""
        self._is_all = False
        self._failure: Exception | None = None

    def fetch(self, size: int) -> None:
        """Whatever fails is told when the body is read: there it can be answered."""
        try:
            self._fetched = self._stream.read(size)
        except Exception as error:
            self._failure = error
        else:
            self._is_all = len(self._fetched) < size

    def read(self, size: int = -1, /) -> bytes:
        if self._failure is not None:
            raise self._failure
        fetched = self._fetched if size < 0 else self._fetched[:size]
        self._fetched = self._fetched[len(fetched) :]
        if self._is_all or len(fetched) == size:
            return fetched
        with self._turn.aside():
            return fetched + self._stream.read(size if size < 0 else size - len(fetched))
