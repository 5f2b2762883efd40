"""Silent refreshing: many processes share one session, and none of them looks like a thief."""

from datetime import timedelta
from itertools import pairwise
from time import monotonic, sleep

from tests.integration.cli.command_line import Machine
from tests.integration.http.losing_proxy import LosingProxy, retries_since
from tests.integration.http.people import PASSWORD, Person, bearer
from tests.integration.http.running_server import DEADLINE_SECONDS, RunningServer, until
from tests.integration.http.storage import Storage

INVOCATIONS = 6
ROUNDS = 3
AT_ONCE = 1
"""Seconds. One that asks again because it had no answer does so later."""


def test_many_at_once_never_look_like_a_thief(
    laptop: Machine, ada: Person, server: RunningServer
) -> None:
    with LosingProxy(server.port, lambda _: False) as proxy:
        laptop.variables["TASKWARD_SERVER"] = proxy.base_url
        laptop.run("login", ada.email, "--password-stdin", typed=f"{PASSWORD}\n")
        for round_ in range(ROUNDS):
            sleep(1.1)  # so that all find the access token expired
            processes = [laptop.start("add", f"task {round_}-{i}") for i in range(INVOCATIONS)]
            for process in processes:
                _, complaint = process.communicate(timeout=2 * DEADLINE_SECONDS)
                assert process.returncode == 0, complaint

        assert len(laptop.json("ls")) == ROUNDS * INVOCATIONS
        [session] = laptop.json("devices", "list")

    assert session["isCurrent"]
    presented: dict[bytes, list[float]] = {}
    for time, request in proxy.came:
        if b"/refresh_token" in request:
            presented.setdefault(request.partition(b"\r\n\r\n")[2], []).append(time)
    assert len(presented) >= ROUNDS
    for times in presented.values():
        assert all(again - before > AT_ONCE for before, again in pairwise(times))


def test_goes_on_for_as_long_as_the_session(adas: Machine) -> None:
    for _ in range(3):
        sleep(1.1)
        assert adas.json("ls") == []


def test_ends_when_the_session_was_ended_elsewhere(
    adas: Machine, ada: Person, server: RunningServer
) -> None:
    with server.client() as client:

        def end_others() -> bool:
            # Its access token may last no longer than until the second is over.
            headers = bearer(ada.log_in(client))
            return client.delete("/api/sessions", headers=headers).status_code == 204

        until(end_others, "the session is ended")

    assert "has ended" in adas.fail("ls", code=3)
    assert "Not logged in" in adas.fail("ls", code=3)


def test_asks_again_when_the_answer_was_lost(
    laptop: Machine, ada: Person, server: RunningServer
) -> None:
    refreshes: list[bytes] = []

    def is_the_first_refresh(request: bytes) -> bool:
        if b"/refresh_token" in request:
            refreshes.append(request)
        return b"/refresh_token" in request and len(refreshes) == 1

    with LosingProxy(server.port, is_the_first_refresh) as proxy:
        laptop.variables["TASKWARD_SERVER"] = proxy.base_url
        laptop.run("login", ada.email, "--password-stdin", typed=f"{PASSWORD}\n")
        sleep(1.1)

        assert laptop.json("ls") == []
        sleep(1.1)
        assert laptop.json("ls") == []

    assert len(refreshes) >= 3
    assert refreshes[0].partition(b"\r\n\r\n")[2] == refreshes[1].partition(b"\r\n\r\n")[2]


def test_gives_a_password_again_whose_answer_was_lost(
    laptop: Machine, ada: Person, server: RunningServer
) -> None:
    given: list[bytes] = []

    def is_the_first_time(request: bytes) -> bool:
        if b"/reauthenticate" in request:
            given.append(request)
        return b"/reauthenticate" in request and len(given) == 1

    with server.client() as client, LosingProxy(server.port, is_the_first_time) as proxy:
        laptop.variables["TASKWARD_SERVER"] = proxy.base_url
        laptop.run("login", ada.email, "--password-stdin", typed=f"{PASSWORD}\n")
        ada.log_in(client)
        began = monotonic()
        Storage(server).let_logins_age(timedelta(hours=1))

        shown, code = laptop.on_terminal("devices", "end-others", typed=[PASSWORD])

        assert code == 0, shown
        # An access token lasts a second: each may come again with the next one.
        assert 2 <= len(given) <= 2 * (2 + retries_since(began))
        [left] = laptop.json("devices", "list")
        assert left["isCurrent"]


def test_keeps_the_session_while_the_server_is_away(
    laptop: Machine, ada: Person, server: RunningServer
) -> None:
    is_away = False

    with LosingProxy(server.port, lambda _: is_away) as proxy:
        laptop.variables["TASKWARD_SERVER"] = proxy.base_url
        laptop.run("login", ada.email, "--password-stdin", typed=f"{PASSWORD}\n")
        sleep(1.1)
        is_away = True
        assert "cannot be reached" in laptop.fail("ls", code=4)
        is_away = False

        assert laptop.json("ls") == []
