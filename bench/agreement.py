"""Before anything is timed: do all contestants give the same answers?"""

from collections.abc import Sequence
from http.client import HTTPConnection

from bench.contestant import ACCESS_TOKENS
from bench.dataset import TASKS
from bench.rounds import Running

SAMPLES = 25


class DisagreementError(Exception):
    """Who answers what else than the floor, in one line."""


def require_agreement(field: Sequence[Running]) -> None:
    """Raise DisagreementError unless sample users get the same list, byte for byte, from all."""
    floor, *others = field
    expected = _lists(floor)
    if len(set(expected)) != SAMPLES or any(body.count(b'"id":') != TASKS for body in expected):
        raise DisagreementError(f"{floor.contestant.name} does not list {TASKS} tasks a user.")
    for one in others:
        for mine, floors in zip(_lists(one), expected, strict=True):
            if mine != floors:
                raise DisagreementError(
                    f"{one.contestant.name} answers {mine[:200]!r} where "
                    f"{floor.contestant.name} answers {floors[:200]!r}."
                )


def _lists(one: Running) -> list[bytes]:
    tokens = (one.place.folder / ACCESS_TOKENS).read_text().splitlines()[:SAMPLES]
    connection = HTTPConnection("127.0.0.1", one.place.port, timeout=10)
    bodies = []
    for token in tokens:
        headers = {"Authorization": f"Bearer {token}"}
        connection.request("GET", one.contestant.paths["list"], headers=headers)
        bodies.append(connection.getresponse().read())
    connection.close()
    return bodies
