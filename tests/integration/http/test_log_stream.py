"""Whoever reads a log may stop: nobody waits for them, whatever they read it from."""

import logging
import os
import pty
import socket
import termios
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from select import select
from threading import Thread

import pytest

from entrypoints.http.log_stream import LogStream, WarningHandler
from tests.integration.http.running_server import DEADLINE_SECONDS, until

LINE = b"a line" * 30 + b"\n"
Ends = tuple[int, int]
"""Descriptors: what is read from, and what is written to."""


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


@pytest.fixture(params=["pipe", "socket", "terminal"])
def ends(request: pytest.FixtureRequest, stack: ExitStack) -> Ends:
    """Of what whoever starts a server may have it write to."""
    match request.param:
        case "pipe":
            reading, writing = os.pipe()
        case "socket":
            reading, writing = (end.detach() for end in socket.socketpair())
        case _:
            reading, writing = pty.openpty()
    for end in (reading, writing):
        stack.callback(os.close, end)
    return reading, writing


def in_time(call: Callable[[], object]) -> None:
    """The call, which must come to an end by itself."""
    thread = Thread(target=call, daemon=True)
    thread.start()
    thread.join(DEADLINE_SECONDS)
    assert not thread.is_alive()


def fill(stream: LogStream) -> int:
    """How many lines go until there is no room."""
    went = 0

    def write() -> None:
        nonlocal went
        while stream.write(LINE):
            went += 1

    in_time(write)
    return went


def is_line(read: bytes) -> bool:
    return read.endswith(b"\n")


def read_from(descriptor: int, is_all: Callable[[bytes], bool] = is_line) -> bytes:
    read = b""
    while not is_all(read):
        ready, _, _ = select([descriptor], [], [], DEADLINE_SECONDS)
        assert ready, read[-1000:]
        read += os.read(descriptor, 65536)
    return read


def test_what_finds_no_room_is_left_out_until_there_is_some_again(ends: Ends) -> None:
    reading, writing = ends
    stream = LogStream(writing)

    went = fill(stream)
    read = read_from(reading, lambda read: len(read) > (went - 1) * len(LINE))
    until(lambda: stream.write(b"the last\n"), "there is room again")
    read += read_from(reading, lambda read: b"the last" in read and is_line(read))

    assert went > 1
    # A terminal ends its lines in another way.
    assert read.replace(b"\r\n", b"\n") == LINE * went + b"the last\n"


def test_others_who_write_there_still_wait_for_whoever_reads(ends: Ends) -> None:
    _, writing = ends

    LogStream(writing)

    assert os.get_blocking(writing)


def test_a_terminal_that_is_told_to_stop_stops_nobody_else(stack: ExitStack) -> None:
    reading, writing = pty.openpty()
    for end in (reading, writing):
        stack.callback(os.close, end)
    stream = LogStream(writing)
    # As Ctrl-S does.
    termios.tcflow(writing, termios.TCOOFF)

    assert fill(stream) == 0

    termios.tcflow(writing, termios.TCOON)
    assert stream.write(LINE)
    assert read_from(reading).replace(b"\r\n", b"\n") == LINE


def test_a_reader_who_has_gone_stops_nobody(ends: Ends) -> None:
    reading, writing = ends
    stream = LogStream(writing)
    # Closed, and what the fixture closes is something else.
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, reading)
    os.close(nowhere)

    assert not stream.write(LINE)


def test_a_file_takes_every_line_after_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with path.open("wb", buffering=0) as file:
        file.write(b"before\n")
        stream = LogStream(file.fileno())

        went = [stream.write(LINE) for _ in range(1000)]
        file.write(b"after\n")

    assert all(went)
    assert path.read_bytes() == b"before\n" + LINE * 1000 + b"after\n"


def test_a_line_of_any_length_goes_as_a_whole(ends: Ends) -> None:
    reading, writing = ends
    long = b"a line" * 1000 + b"\n"

    LogStream(writing).write(long)

    assert read_from(reading).replace(b"\r\n", b"\n") == long


def test_a_warning_waits_for_nobody(ends: Ends) -> None:
    reading, writing = ends
    logger = logging.Logger("of this test")
    logger.addHandler(WarningHandler(writing))

    logger.warning("It is %s.", "late")
    told = read_from(reading)
    fill(LogStream(writing))
    in_time(lambda: logger.warning("It is later."))

    assert told.split() == [b"It", b"is", b"late."]
