"""Requests of a worker take turns, so that they need not take them within."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import Any, Protocol

from entrypoints.http.body_places import Input, WsgiApp


class Turn(Protocol):
    """What is held while computing; ``aside`` gives it back for as long as one waits."""

    def __enter__(self) -> object: ...

    def __exit__(self, *_: object) -> None: ...

    def aside(self) -> AbstractContextManager[None]: ...


class OneAtATime:
    """WSGI middleware: a request computes while it has the turn, and waits without it."""

    def __init__(self, app: WsgiApp, turn: Turn) -> None:
        self._app = app
        self._turn = turn

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        environ["wsgi.input"] = _PatientInput(environ["wsgi.input"], self._turn)
        with self._turn:
            return self._app(environ, start_response)


class _PatientInput:
    """A body whose sender may be slow: nobody else waits for them."""

    def __init__(self, stream: Input, turn: Turn) -> None:
        self._stream = stream
        self._turn = turn

    def read(self, size: int = -1, /) -> bytes:
        with self._turn.aside():
            return self._stream.read(size)
