"""What happens when many ask at the same moment, of several worker processes."""

from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from operator import itemgetter
from typing import Any

import httpx
import pytest

from tests.contracts.threads import all_at_once
from tests.integration.http.people import bearer, sign_up, signup_body
from tests.integration.http.problems import assert_problem
from tests.integration.http.running_server import RunningServer

ROUNDS = 50
GRACE_RETRIES = 10


@pytest.fixture
def crowd(server: RunningServer) -> Iterator[list[httpx.Client]]:
    with server.crowd() as clients:
        yield clients


def refresh(client: httpx.Client, token: str) -> httpx.Response:
    return client.post("/api/users/refresh_token", json={"refreshToken": token})


def log_out(client: httpx.Client, tokens: dict[str, Any]) -> httpx.Response:
    return client.post("/api/users/logout", headers=bearer(tokens))


def assert_dead(client: httpx.Client, tokens: dict[str, Any]) -> None:
    assert client.get("/api/tasks", headers=bearer(tokens)).status_code == 401
    refused = refresh(client, tokens["refreshToken"])
    assert (refused.status_code, refused.json()["errorCode"]) == (400, "invalid_grant")


def test_one_token_refreshed_by_many_at_once_has_one_successor(crowd: list[httpx.Client]) -> None:
    person = sign_up(crowd[0])

    for _ in range(ROUNDS):
        token = person.log_in(crowd[0])["refreshToken"]
        answers = all_at_once(partial(refresh, client, token) for client in crowd)

        statuses = Counter(answer.status_code for answer in answers)
        assert statuses == {200: 1 + GRACE_RETRIES, 429: len(crowd) - 1 - GRACE_RETRIES}
        refused = [answer for answer in answers if answer.status_code == 429]
        assert {answer.json()["errorCode"] for answer in refused} == {"R02"}
        assert all(int(answer.headers["Retry-After"]) >= 1 for answer in refused)
        granted = [answer.json() for answer in answers if answer.status_code == 200]
        (successor,) = {tokens["refreshToken"] for tokens in granted}
        assert successor != token
        for tokens in (granted[0], granted[-1]):
            assert crowd[1].get("/api/tasks", headers=bearer(tokens)).status_code == 200
        assert refresh(crowd[-1], successor).status_code == 200


def test_a_logout_wins_against_refreshes_at_the_same_moment(crowd: list[httpx.Client]) -> None:
    person = sign_up(crowd[0])
    leaver, *refreshers = crowd[:5]

    for _ in range(ROUNDS):
        tokens = person.log_in(crowd[0])
        gone, *refreshed = all_at_once(
            [
                partial(log_out, leaver, tokens),
                *(partial(refresh, client, tokens["refreshToken"]) for client in refreshers),
            ]
        )

        assert gone.status_code == 204
        assert {answer.status_code for answer in refreshed} <= {200, 400}
        granted = [answer.json() for answer in refreshed if answer.status_code == 200]
        for survivor in (tokens, *granted):
            assert_dead(crowd[-1], survivor)


def test_a_logout_is_seen_by_all_workers_at_once(crowd: list[httpx.Client]) -> None:
    person = sign_up(crowd[0])

    for leaver in crowd:
        tokens = person.log_in(crowd[0])
        # Each worker has verified the token before, so that it has it in its cache.
        for client in crowd:
            assert client.get("/api/tasks", headers=bearer(tokens)).status_code == 200
        assert log_out(leaver, tokens).status_code == 204

        answers = [client.get("/api/tasks", headers=bearer(tokens)) for client in crowd]

        assert {answer.status_code for answer in answers} == {401}


def test_the_end_of_one_session_leaves_the_others_alone(crowd: list[httpx.Client]) -> None:
    person = sign_up(crowd[0])
    sessions = [person.log_in(crowd[0]) for _ in crowd]
    leaving, staying = sessions[:10], sessions[10:]

    answers = all_at_once(
        [
            *(
                partial(log_out, client, tokens)
                for client, tokens in zip(crowd, leaving, strict=False)
            ),
            *(
                partial(refresh, client, tokens["refreshToken"])
                for client, tokens in zip(reversed(crowd), staying, strict=False)
            ),
        ]
    )

    assert Counter(answer.status_code for answer in answers) == {204: 10, 200: 10}
    for tokens in leaving:
        assert_dead(crowd[0], tokens)
    for tokens in staying:
        assert crowd[0].get("/api/tasks", headers=bearer(tokens)).status_code == 200


def test_tasks_added_at_once_are_numbered_without_gap_or_repetition(
    crowd: list[httpx.Client],
) -> None:
    tokens = sign_up(crowd[0]).log_in(crowd[0])

    def add_five(client: httpx.Client, who: int) -> list[dict[str, Any]]:
        answers = [
            client.post("/api/tasks", json={"name": f"{who}/{n}"}, headers=bearer(tokens))
            for n in range(5)
        ]
        assert {answer.status_code for answer in answers} == {201}
        return [answer.json() for answer in answers]

    added = all_at_once(partial(add_five, client, who) for who, client in enumerate(crowd))

    listed = crowd[0].get("/api/tasks", headers=bearer(tokens)).json()
    assert [task["id"] for task in listed] == list(range(1, 101))
    assert listed == sorted(chain.from_iterable(added), key=itemgetter("id"))
    for of_one in added:
        numbers = [task["id"] for task in of_one]
        assert numbers == sorted(numbers)


def test_tasks_added_at_once_are_no_more_than_an_account_keeps(
    serve: Callable[..., RunningServer],
) -> None:
    with serve(MAX_TASKS="30").crowd() as crowd:
        tokens = sign_up(crowd[0]).log_in(crowd[0])

        def add_two(client: httpx.Client) -> list[httpx.Response]:
            body = {"name": "one more"}
            return [client.post("/api/tasks", json=body, headers=bearer(tokens)) for _ in range(2)]

        answers = list(chain.from_iterable(all_at_once(partial(add_two, each) for each in crowd)))
        listed = crowd[0].get("/api/tasks", headers=bearer(tokens)).json()

    assert Counter(answer.status_code for answer in answers) == {201: 30, 422: 10}
    for answer in answers:
        if answer.status_code == 422:
            assert_problem(answer, 422, "T03")
    assert [task["id"] for task in listed] == list(range(1, 31))


def test_changes_to_one_task_at_once_are_all_made(crowd: list[httpx.Client]) -> None:
    tokens = sign_up(crowd[0]).log_in(crowd[0])
    crowd[0].post("/api/tasks", json={"name": "x"}, headers=bearer(tokens))

    def rename(client: httpx.Client, name: str) -> httpx.Response:
        return client.put("/api/tasks", json={"id": 1, "name": name}, headers=bearer(tokens))

    answers = all_at_once(partial(rename, client, f"by {n}") for n, client in enumerate(crowd))

    assert {answer.status_code for answer in answers} == {200}
    versions = sorted(answer.json()["version"] for answer in answers)
    assert versions == list(range(2, 2 + len(crowd)))


def test_of_sign_ups_with_one_address_at_once_one_succeeds(crowd: list[httpx.Client]) -> None:
    spellings = [str.upper, str.title, str.lower, str.swapcase]

    for n in range(10):
        address = f"same{n}-{sign_up(crowd[0]).email}"
        bodies = [signup_body(spellings[i % 4](address)) for i in range(len(crowd))]
        answers = all_at_once(
            partial(client.post, "/api/users/signup", json=body)
            for client, body in zip(crowd, bodies, strict=True)
        )

        codes = Counter(answer.json().get("errorCode", "made") for answer in answers)
        # More passwords at once than are hashed at once: who is sent away may try again.
        assert codes["S02"] + codes["busy"] == len(crowd) - 1
        assert codes["made"] == 1
