"""Two hundred people who log in at the same moment."""

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from pathlib import Path

import httpx

from tests.integration.http.people import PASSWORD, bearer, sign_up
from tests.integration.http.problems import assert_problem
from tests.integration.http.running_server import RunningServer

CROWD = 200
READS = 20
TRIES = 3
"""This test, too, may be what had to wait."""
HASH_MIB = 19
AT_A_TIME = 2
# What threads, connections and their buffers take beside; a third of what one hash too many in
# each thread would.
OTHER_MIB = 64
SETTINGS = {
    "WORKERS": "1",
    "HASHING_CONCURRENCY": str(AT_A_TIME),
    "ARGON2_MEMORY_KIB": str(HASH_MIB * 1024),
    # Slow, so that those who wait do so for as long as the reads take many times over.
    "ARGON2_TIME_COST": "24",
    "LOGIN_FREE_ATTEMPTS": "1000",
    "LOGIN_FREE_ATTEMPTS_KNOWN_ADDRESS": "1000",
    "LOGIN_FREE_ATTEMPTS_PER_ADDRESS": "1000",
}


def resident_mib(pid: int, which: str) -> float:
    """``VmRSS`` is what a process has in memory, ``VmHWM`` the most that it ever had."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(which):
            return int(line.split()[1]) / 1024
    raise AssertionError(which)


def test_memory_stays_flat_reads_are_answered_and_who_is_too_many_is_told_when_to_return(
    serve: Callable[..., RunningServer],
) -> None:
    server = serve(**SETTINGS)
    with server.crowd(CROWD + 1, workers=1) as (reader, *crowd), ThreadPoolExecutor(CROWD) as pool:
        person = sign_up(reader)
        reader.headers.update(bearer(person.log_in(reader)))
        (worker,) = server.worker_pids
        before = resident_mib(worker, "VmRSS")
        body = {"email": person.email, "password": PASSWORD}

        def log_in(client: httpx.Client) -> httpx.Response:
            return client.post("/api/users/login", json=body)

        for _ in range(TRIES):
            logins = [pool.submit(log_in, client) for client in crowd]
            at_once = wait(logins, return_when=FIRST_COMPLETED).done
            reads = [reader.get("/api/tasks") for _ in range(READS)]
            pending = [login for login in logins if not login.done()]
            answers = [login.result() for login in logins]
            if pending:
                break

        assert 503 in {login.result().status_code for login in at_once}
        assert {read.status_code for read in reads} == {200}
        assert pending, "the reads had to wait for the logins"
        assert {answer.status_code for answer in answers} == {200, 503}
        for answer in answers:
            if answer.status_code == 503:
                assert_problem(answer, 503, "busy")
                assert int(answer.headers["Retry-After"]) >= 1
        grown = resident_mib(worker, "VmHWM") - before
        assert grown <= AT_A_TIME * HASH_MIB + OTHER_MIB
        kept = resident_mib(worker, "VmRSS") - before
        assert kept < HASH_MIB, "what hashing took was not given back"
        again = reader.post("/api/users/login", json=body)
        assert again.status_code == 200
