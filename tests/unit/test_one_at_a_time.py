from collections.abc import Callable
from contextlib import AbstractContextManager
from io import BytesIO
from typing import Any

import pytest

from adapters.persistence.turn import Turn
from entrypoints.http.one_at_a_time import OneAtATime
from entrypoints.http.request_body import MAX_BYTES

LONG_BODY = bytes(range(256)) * (MAX_BYTES // 100)


class Sender:
    """A body, and whether the turn was held at each of its reads."""

    def __init__(self, turn: Turn, body: bytes, failure: Exception | None = None) -> None:
        self.turn_was_held: list[bool] = []
        self._turn = turn
        self._body = BytesIO(body)
        self._failure = failure

    def read(self, size: int = -1, /) -> bytes:
        self.turn_was_held.append(self._turn.is_mine)
        if self._failure is not None:
            raise self._failure
        return self._body.read(size)


@pytest.fixture
def turn() -> Turn:
    return Turn()


def ask(turn: Turn, sender: Sender, read: Callable[[Any], object], **headers: str) -> object:
    """What a responder has that reads the request's body in its way."""
    results = []

    def app(environ: dict[str, Any], _: Callable[..., Any]) -> list[bytes]:
        assert turn.is_mine
        results.append(read(environ["wsgi.input"]))
        return []

    environ = {"REQUEST_METHOD": "POST", "wsgi.input": sender, "CONTENT_LENGTH": "12", **headers}
    OneAtATime(app, turn)(environ, lambda *_: None)
    return results[0]


@pytest.mark.parametrize("body", [b"", b"short", LONG_BODY], ids=["empty", "short", "long"])
@pytest.mark.parametrize("piece", [1_000, MAX_BYTES, MAX_BYTES + 1, 10 * MAX_BYTES])
def test_a_body_is_read_as_it_was_sent_whatever_the_pieces(
    turn: Turn, body: bytes, piece: int
) -> None:
    def read(stream: Any) -> bytes:
        pieces = list(iter(lambda: stream.read(piece), b""))
        assert all(len(each) == piece for each in pieces[:-1])
        return b"".join(pieces)

    assert ask(turn, Sender(turn, body), read) == body
    assert ask(turn, Sender(turn, body), lambda stream: stream.read()) == body


def test_a_short_body_takes_one_read_and_none_takes_none(turn: Turn) -> None:
    sender = Sender(turn, b"short")
    ask(turn, sender, lambda stream: stream.read(MAX_BYTES + 1))
    assert len(sender.turn_was_held) == 1

    ask(turn, sender, lambda _: None, CONTENT_LENGTH="0")
    assert len(sender.turn_was_held) == 1


def test_nobody_waits_for_the_sender_of_a_body(turn: Turn) -> None:
    sender = Sender(turn, LONG_BODY)

    ask(turn, sender, lambda stream: (stream.read(10), stream.read()))

    assert sender.turn_was_held == [False, False]


def test_a_body_that_is_sent_only_when_asked_for_is_not_waited_for_before(turn: Turn) -> None:
    sender = Sender(turn, b"later")

    ask(turn, sender, lambda _: None, HTTP_EXPECT="100-continue")
    assert sender.turn_was_held == []

    assert ask(turn, sender, lambda stream: stream.read(), HTTP_EXPECT="100-continue") == b"later"
    assert sender.turn_was_held == [False]


def test_what_fails_at_a_body_is_told_to_whoever_reads_it(turn: Turn) -> None:
    sender = Sender(turn, b"", OSError("gone"))

    assert ask(turn, sender, lambda _: "not read") == "not read"
    with pytest.raises(OSError, match="gone"):
        ask(turn, sender, lambda stream: stream.read())


@pytest.mark.parametrize(
    ("method", "may_write"),
    [("GET", False), ("HEAD", False), ("OPTIONS", False), ("POST", True), ("DELETE", True)],
)
def test_only_who_may_write_is_known_as_such_while_waiting(
    turn: Turn, method: str, may_write: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    came_to_write = []
    to_write = turn.to_write

    def tell() -> AbstractContextManager[None]:
        came_to_write.append(method)
        return to_write()

    monkeypatch.setattr(turn, "to_write", tell)

    ask(turn, Sender(turn, b""), lambda stream: stream.read(), REQUEST_METHOD=method)

    assert came_to_write == [method] * may_write
