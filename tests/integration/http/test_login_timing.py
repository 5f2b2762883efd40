"""How long a login takes tells nobody whether there is an account.

Times are compared with each other and never with a clock. The margin is half of what a password
costs, measured in between: a request without one is answered without hashing.
"""

import random
from collections.abc import Callable
from statistics import median, quantiles
from time import perf_counter

import httpx
import pytest

from tests.integration.http.addresses import client_at
from tests.integration.http.people import sign_up
from tests.integration.http.running_server import RunningServer
from tests.integration.http.storage import Storage

ROUNDS = 16
# A machine that is busy with other things adds time at random; a leak adds it each time.
BATCHES = 6
SETTINGS = {
    "WORKERS": "1",
    "ARGON2_MEMORY_KIB": "19456",
    "ARGON2_TIME_COST": "2",
    "LOGIN_FREE_ATTEMPTS": "1000",
    "LOGIN_FREE_ATTEMPTS_PER_ADDRESS": "100000",
}
WRONG = "not the password"
WITHOUT_PASSWORD = "without a password"

Attempts = dict[str, tuple[dict[str, str], int]]


def quickest_quarter(client: httpx.Client, attempts: Attempts) -> dict[str, float]:
    """In seconds, by kind of attempt: noise only ever adds to them."""
    taken: dict[str, list[float]] = {kind: [] for kind in attempts}
    for _ in range(ROUNDS):
        for kind in random.sample(sorted(attempts), len(attempts)):
            body, status = attempts[kind]
            began = perf_counter()
            answer = client.post("/api/users/login", json=body)
            taken[kind].append(perf_counter() - began)
            assert answer.status_code == status, answer.text
    return {kind: quantiles(times, n=4)[0] for kind, times in taken.items()}


def tells_apart(seconds: dict[str, float]) -> bool:
    """Whether the kinds differ by more than half of what hashing costs."""
    hashed = [time for kind, time in seconds.items() if kind != WITHOUT_PASSWORD]
    return max(hashed) - min(hashed) > (median(hashed) - seconds[WITHOUT_PASSWORD]) / 2


def test_unknown_wrong_and_disabled_take_alike(serve: Callable[..., RunningServer]) -> None:
    server = serve(**SETTINGS)
    with client_at(server) as stranger, client_at(server) as owner:
        known, disabled = sign_up(owner), sign_up(owner)
        known.log_in(owner)
        disabled.log_in(owner)
        Storage(server).disable(disabled.email)
        attempts: Attempts = {
            "unknown": ({"email": "nobody@example.org", "password": WRONG}, 401),
            "wrong": ({"email": known.email, "password": WRONG}, 401),
            "disabled": ({"email": disabled.email, "password": disabled.password}, 401),
            "disabled and wrong": ({"email": disabled.email, "password": WRONG}, 401),
            WITHOUT_PASSWORD: ({"email": known.email, "password": ""}, 400),
        }

        batches = (quickest_quarter(stranger, attempts) for _ in range(BATCHES))

        assert not all(tells_apart(seconds) for seconds in batches)


@pytest.mark.parametrize(
    ("unknown", "is_told"), [(30.0, False), (31.5, False), (29.0, False), (3.0, True), (58.0, True)]
)
def test_a_hash_too_few_or_too_many_would_be_noticed(unknown: float, is_told: bool) -> None:
    seconds = {"unknown": unknown, "wrong": 30.0, "disabled": 30.5, WITHOUT_PASSWORD: 2.0}

    assert tells_apart(seconds) is is_told
