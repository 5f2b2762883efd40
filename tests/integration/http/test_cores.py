"""On which of the machine's cores the threads of a real server may compute."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.http.people import sign_up
from tests.integration.http.running_server import RunningServer

ALL = frozenset(os.sched_getaffinity(0))

pytestmark = pytest.mark.skipif(len(ALL) < 2, reason="there is but one core")


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


def cores_of(pid: int) -> Iterator[frozenset[int]]:
    """Of each of the process's threads."""
    for thread in Path(f"/proc/{pid}/task").iterdir():
        yield frozenset(os.sched_getaffinity(int(thread.name)))


def test_each_worker_keeps_to_a_core_of_its_own(data_dir: Path) -> None:
    workers = len(ALL)
    with RunningServer(data_dir, {"WORKERS": str(workers)}) as server, server.crowd(40, workers):
        used = [set(cores_of(pid)) for pid in server.worker_pids]

        assert all(len(cores) == 1 for cores in used)
        assert frozenset().union(*(core for cores in used for core in cores)) == ALL
        assert set(cores_of(server.process.pid)) == {ALL}


def test_passwords_are_hashed_on_whatever_core_is_free(data_dir: Path) -> None:
    with RunningServer(data_dir, {"WORKERS": "1"}) as server, server.client() as client:
        (worker,) = server.worker_pids
        before = list(cores_of(worker))

        sign_up(client)

        assert ALL not in before
        assert ALL in list(cores_of(worker))


def test_the_operator_may_leave_it_to_the_system(data_dir: Path) -> None:
    settings = {"WORKERS": "1", "PIN_WORKERS": "false"}
    with RunningServer(data_dir, settings) as server:
        (worker,) = server.worker_pids

        assert set(cores_of(worker)) == {ALL}


def test_a_server_that_has_part_of_the_machine_keeps_to_that_part(data_dir: Path) -> None:
    part = sorted(ALL)[:1]
    os.sched_setaffinity(0, part)
    try:
        server = RunningServer(data_dir)
        server.start()
    finally:
        os.sched_setaffinity(0, ALL)
    with server.crowd(workers=1):
        used = {cores for pid in server.worker_pids for cores in cores_of(pid)}
    server.stop()

    assert used == {frozenset(part)}
    assert not re.search("error|warning", server.output, re.IGNORECASE)
