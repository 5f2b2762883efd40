"""Before anything is timed: do all contestants give the same answers?

Bodies agree when they are the same JSON: Flask ends its own with a line feed, and nobody else does.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any

from bench.contestant import ACCESS_TOKENS, EMAILS, REFRESH_TOKENS
from bench.dataset import PASSWORD, TASKS
from bench.rounds import Running

SAMPLES = 25
NEW_TASK = {"name": "Oil the gate", "isCompleted": False}
GRANTED = {"accessToken", "refreshToken", "tokenType", "expiresIn", "userId"}


class DisagreementError(Exception):
    """Who answers what else than the floor, in one line."""


def require_agreement(field: Sequence[Running]) -> None:
    """Raise DisagreementError unless all list, add, log in and rotate alike."""
    floor, *others = field
    expected = _lists(floor)
    if len({str(one) for one in expected}) != SAMPLES or any(len(o) != TASKS for o in expected):
        raise DisagreementError(f"{floor.contestant.name} does not list {TASKS} tasks a user.")
    for one in others:
        for mine, floors in zip(_lists(one), expected, strict=True):
            if _ordered(mine) != _ordered(floors):
                raise DisagreementError(
                    f"{one.contestant.name} answers {_ordered(mine)[:200]} where "
                    f"{floor.contestant.name} answers {_ordered(floors)[:200]}."
                )
    for one in field:
        _require_a_login(one)
        _require_a_new_task(one)
        _require_rotation(one)


@dataclass(frozen=True, slots=True)
class Asker:
    """Sends JSON to one contestant and reads the JSON that it answers."""

    one: Running

    def __call__(self, call: str, sent: Any = None, token: str | None = None) -> tuple[int, Any]:
        headers = {"Content-Type": "application/json"} if sent is not None else {}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        body = None if sent is None else json.dumps(sent)
        connection = HTTPConnection("127.0.0.1", self.one.place.port, timeout=10)
        path = self.one.contestant.paths[call]
        connection.request("GET" if sent is None else "POST", path, body, headers)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, json.loads(text) if answer.status < 400 else None

    def expect(self, status: int, call: str, sent: Any = None, token: str | None = None) -> Any:
        got, answer = self(call, sent, token)
        if got != status:
            self.disagree(f"answers {call} with {got} instead of {status}")
        return answer

    def expect_tokens(self, call: str, sent: Any) -> Any:
        answer = self.expect(200, call, sent)
        if not answer.keys() >= GRANTED:
            self.disagree(f"answers {call} without {', '.join(GRANTED - answer.keys())}")
        return answer

    def disagree(self, how: str) -> None:
        raise DisagreementError(f"{self.one.contestant.name} {how}.")


def _lists(one: Running) -> list[Any]:
    ask = Asker(one)
    tokens = _lines(one, ACCESS_TOKENS)[:SAMPLES]
    return [ask.expect(200, "list", token=token) for token in tokens]


def _require_a_login(one: Running) -> None:
    ask, email = Asker(one), _lines(one, EMAILS)[0]
    answer = ask.expect_tokens("login", {"email": email, "password": PASSWORD})
    if str(answer["userId"]) not in email or answer["tokenType"] != "Bearer":
        ask.disagree(f"logs {email} in as {answer['userId']}")
    own = ask.expect(200, "list", token=answer["accessToken"])
    if own != ask.expect(200, "list", token=_lines(one, ACCESS_TOKENS)[0]):
        ask.disagree("lists something else after a login")
    ask.expect(401, "login", {"email": email, "password": PASSWORD + "!"})


def _require_a_new_task(one: Running) -> None:
    """The last user's list is one longer after it; nobody else's."""
    ask, token = Asker(one), _lines(one, ACCESS_TOKENS)[-1]
    added = ask.expect(201, "add", NEW_TASK, token)
    wanted = {"id": TASKS + 1, **NEW_TASK, "ts": added.get("ts"), "version": 1}
    if _ordered(added) != _ordered(wanted):
        ask.disagree(f"answers a new task with {_ordered(added)}")
    if ask.expect(200, "list", token=token)[-1] != added:
        ask.disagree("does not list the task that was added")


def _require_rotation(one: Running) -> None:
    """Each token gives another; those that were replaced before the last are dead."""
    ask, first = Asker(one), _lines(one, REFRESH_TOKENS)[-1]
    second = ask.expect_tokens("refresh", {"refreshToken": first})
    third = ask.expect_tokens("refresh", {"refreshToken": second["refreshToken"]})
    ask.expect(200, "list", token=third["accessToken"])
    if len({first, second["refreshToken"], third["refreshToken"]}) != 3:
        ask.disagree("answers a refresh token that it has answered before")
    for old in (first, second["refreshToken"]):
        status, _ = ask("refresh", {"refreshToken": old})
        if status not in {400, 401}:
            ask.disagree(f"answers a used refresh token with {status}")


def _ordered(value: Any) -> str:
    """As text, so that the order of the members counts."""
    return json.dumps(value, ensure_ascii=False)


def _lines(one: Running, name: str) -> list[str]:
    return (one.place.folder / name).read_text().splitlines()
