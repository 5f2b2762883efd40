"""A person's account at a server, where what happens at the same time cannot be arranged."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import time
from typing import Any

import pytest

from entrypoints.cli.failure import NOT_SIGNED_IN, CommandError
from entrypoints.cli.remote.account import Account
from entrypoints.cli.remote.api import Api
from entrypoints.cli.remote.tokens import Tokens

SERVER = "http://127.0.0.1:8000"
ADAS = Tokens(1, "ada's access", "ada's refresh", time() + 900)
BOBS = Tokens(2, "bob's access", "bob's refresh", time() + 900)


class FakeApi(Api):
    """Answers each call with tokens of Ada's."""

    def __init__(self) -> None:
        self.called: list[str] = []
        self.ended: list[str | None] = []

    def call(self, method: str, path: str, *, access_token: str | None = None, **_: object) -> Any:
        self.called.append(path)
        if path == "/users/logout":
            self.ended.append(access_token)
        return {"userId": 1, "accessToken": "new", "refreshToken": "new", "expiresIn": 900}


class FakeTokenStore:
    """Has something else whenever it is asked."""

    place = "memory"

    def __init__(self, *kept: Tokens) -> None:
        self._kept: Iterator[Tokens] = iter(kept)
        self.saved: list[Tokens] = []

    def load(self) -> Tokens | None:
        return next(self._kept)

    def save(self, tokens: Tokens) -> None:
        self.saved.append(tokens)

    def forget(self) -> None:
        raise AssertionError("these tokens are another's")


class FullDisk(FakeTokenStore):
    def save(self, tokens: Tokens) -> None:
        raise CommandError("There is no space left.")


def test_a_session_whose_tokens_cannot_be_kept_is_ended(tmp_path: Path) -> None:
    api = FakeApi()
    account = Account(tmp_path, SERVER, api, FullDisk(ADAS))

    with pytest.raises(CommandError, match="no space"):
        account.log_in("ada@example.org", "ada's password", "laptop")

    assert api.called == ["/users/login", "/users/logout"]
    assert api.ended == ["new"]


def test_so_is_one_that_was_to_take_the_place_of_another(tmp_path: Path) -> None:
    api = FakeApi()
    account = Account(tmp_path, SERVER, api, FullDisk(ADAS, ADAS))

    with pytest.raises(CommandError, match="no space"):
        account.give_password("ada's password")

    assert api.ended == ["new"]


def test_so_is_one_whose_renewed_tokens_cannot_be_kept(tmp_path: Path) -> None:
    expired = replace(ADAS, access_expires_at=0)
    api = FakeApi()
    account = Account(tmp_path, SERVER, api, FullDisk(expired, expired))

    with pytest.raises(CommandError, match="no space"):
        account.call("GET", "/tasks")

    assert api.called == ["/users/refresh_token", "/users/logout"]


def test_a_password_given_again_does_not_replace_a_login_that_came_between(tmp_path: Path) -> None:
    api, store = FakeApi(), FakeTokenStore(ADAS, BOBS)
    account = Account(tmp_path, SERVER, api, store)

    with pytest.raises(CommandError, match="Another account") as refused:
        account.give_password("ada's password")

    assert refused.value.exit_code == NOT_SIGNED_IN
    assert api.called == []
    assert store.saved == []
