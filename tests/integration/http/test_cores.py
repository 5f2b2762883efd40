"""On which of the machine's cores the threads of a real server may compute."""

import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.integration.http.people import sign_up
from tests.integration.http.running_server import RunningServer, until

ALL = frozenset(os.sched_getaffinity(0))
TWO = frozenset(sorted(ALL)[:2])

pytestmark = pytest.mark.skipif(len(TWO) < 2, reason="there is but one core")


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@contextmanager
def serving(
    data_dir: Path, settings: Mapping[str, str], usable: frozenset[int] = TWO
) -> Iterator[RunningServer]:
    """A server that may use these cores."""
    server = RunningServer(data_dir, dict(settings))
    os.sched_setaffinity(0, usable)
    try:
        server.start()
    finally:
        os.sched_setaffinity(0, ALL)
    try:
        yield server
    finally:
        server.stop()


def cores_of(pid: int) -> list[frozenset[int]]:
    """Of each of the process's threads that has not just ended."""
    found = []
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with suppress(ProcessLookupError):
            found.append(frozenset(os.sched_getaffinity(int(thread.name))))
    return found


def worker_cores(server: RunningServer) -> list[set[frozenset[int]]]:
    return [set(cores_of(pid)) for pid in server.worker_pids]


def test_each_worker_keeps_to_a_core_of_its_own_also_in_the_place_of_another(
    data_dir: Path,
) -> None:
    first, second = ({frozenset({core})} for core in TWO)
    with serving(data_dir, {"WORKERS": "2"}) as server:
        with server.crowd():
            before = worker_cores(server)
        assert before in ([first, second], [second, first])
        assert set(cores_of(server.process.pid)) == {TWO}

        killed = server.worker_pids[0]
        os.kill(killed, signal.SIGKILL)
        until(lambda: len({*server.worker_pids} - {killed}) == 2, "another has its place")
        with server.crowd():
            assert sorted(map(str, worker_cores(server))) == sorted(map(str, before))


def test_a_worker_alone_keeps_to_a_core_and_hashes_passwords_on_any(data_dir: Path) -> None:
    with serving(data_dir, {"WORKERS": "1"}) as server, server.client() as client:
        (worker,) = server.worker_pids
        (core,) = set(cores_of(worker))
        assert len(core) == 1

        sign_up(client)

        assert {*cores_of(worker)} == {core, TWO}


def test_the_operator_may_leave_it_to_the_system(data_dir: Path) -> None:
    settings = {"WORKERS": "1", "PIN_WORKERS": "false"}
    with serving(data_dir, settings) as server, server.client() as client:
        sign_up(client)

        assert worker_cores(server) == [{TWO}]


def test_a_server_that_may_use_one_core_has_one_worker_on_it(data_dir: Path) -> None:
    one = frozenset(sorted(ALL)[-1:])
    with serving(data_dir, {}, usable=one) as server, server.crowd(workers=1):
        assert worker_cores(server) == [{one}]
