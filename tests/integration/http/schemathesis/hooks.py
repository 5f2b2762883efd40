"""What Schemathesis cannot know of Taskward: loaded by its command line."""

import os
from itertools import count
from typing import Any

import httpx
import schemathesis
from schemathesis import Case, GenerationMode, HookContext

# Of whoever is signed in.
CREDENTIALS = {
    "email": os.environ["SCHEMATHESIS_EMAIL"],
    "password": os.environ["SCHEMATHESIS_PASSWORD"],
}
_numbers = count(1)


@schemathesis.hook
def before_call(_: HookContext, case: Case[Any], _kwargs: dict[str, Any]) -> None:
    """Let what is good in shape be good in fact."""
    if case.meta is None or case.meta.generation.mode is not GenerationMode.POSITIVE:
        return
    # What the cookie mode asks of an Origin, no schema can say.
    case.headers.pop("X-Taskward-Cookie", None)
    match case.operation.definition.raw["operationId"], case.body:
        case "signUp", dict(body):
            body["email"] = f"schemathesis{next(_numbers)}@example.org"
            body["confirmPassword"] = body["password"]
        case "logIn" | "beginSecondFactor", dict(body) if body["email"] == "ada@example.org":
            # The description's example stands for whoever is signed in.
            body.update(CREDENTIALS)
            body.pop("code", None)
        case "refreshToken", dict(body):
            body.pop("userId", None)
            if not str(body["refreshToken"]).startswith("twr_"):
                body["refreshToken"] = _refresh_token(case)
        case "reauthenticate", dict(body):
            body["password"] = CREDENTIALS["password"]
            body.pop("code", None)
        case "changePassword", dict(body):
            body.pop("code", None)
            # To the one that it is, so that it stays.
            body.update(dict.fromkeys(body, CREDENTIALS["password"]))


def _refresh_token(case: Case[Any]) -> str:
    answer = httpx.post(f"{case.operation.base_url}/api/users/login", json=CREDENTIALS, timeout=25)
    token: str = answer.json()["refreshToken"]
    return token
