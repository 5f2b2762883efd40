"""Verified tokens are remembered, but never longer than the keys that verified them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import jwt
import pytest

from adapters.security.jwt_access_tokens import JwtAccessTokens
from adapters.security.keyring import FileKeyring
from domain.session import AccessToken, InvalidAccessToken, SessionId
from domain.user import UserId
from tests.integration.security_subjects import open_keyring

NOW = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
TOKENS = [
    AccessToken(UserId(user), SessionId(bytes(16)), "id", NOW, NOW + timedelta(minutes=15))
    for user in range(1, 51)
]
TOKEN = TOKENS[0]


@pytest.fixture
def keyring(tmp_path: Path) -> FileKeyring:
    return open_keyring(tmp_path)


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tokens whose signature has been looked at, in order."""
    texts: list[str] = []
    decode: Callable[..., dict[str, Any]] = jwt.decode

    def recording(text: str, *args: Any, **options: Any) -> dict[str, Any]:
        texts.append(text)
        return decode(text, *args, **options)

    monkeypatch.setattr(jwt, "decode", recording)
    return texts


def tokens_of(keyring: FileKeyring, cache_size: int = 10) -> JwtAccessTokens:
    return JwtAccessTokens(keyring, "https://taskward.example", "taskward", cache_size=cache_size)


def test_a_token_is_verified_once(keyring: FileKeyring, decoded: list[str]) -> None:
    access_tokens = tokens_of(keyring)
    text = access_tokens.sign(TOKEN)

    verified = [access_tokens.verify(text) for _ in range(3)]

    assert verified == [TOKEN] * 3
    assert decoded == [text]


def test_a_refused_token_is_looked_at_each_time(keyring: FileKeyring, decoded: list[str]) -> None:
    access_tokens = tokens_of(keyring)
    signing_input = access_tokens.sign(TOKEN).rpartition(".")[0]
    forged = f"{signing_input}.{'A' * 86}"

    for _ in range(3):
        with pytest.raises(InvalidAccessToken):
            access_tokens.verify(forged)

    assert decoded == [forged] * 3


def test_the_oldest_make_room_for_new_ones(keyring: FileKeyring, decoded: list[str]) -> None:
    access_tokens = tokens_of(keyring, cache_size=2)
    first, second, third = (access_tokens.sign(token) for token in TOKENS[:3])

    for text in (first, second, third, third, second, first):
        access_tokens.verify(text)

    assert decoded == [first, second, third, first]


def test_a_cache_of_no_size_remembers_nothing(keyring: FileKeyring, decoded: list[str]) -> None:
    access_tokens = tokens_of(keyring, cache_size=0)
    text = access_tokens.sign(TOKEN)

    verified = [access_tokens.verify(text) for _ in range(2)]

    assert verified == [TOKEN] * 2
    assert decoded == [text] * 2


def test_a_remembered_token_is_refused_once_its_key_is_gone(keyring: FileKeyring) -> None:
    access_tokens = tokens_of(keyring)
    text = access_tokens.sign(TOKEN)
    access_tokens.verify(text)

    keyring.rotate(NOW, NOW)
    keyring.prune(LATER, LATER)

    with pytest.raises(InvalidAccessToken):
        access_tokens.verify(text)


def test_so_it_is_when_another_process_removes_the_key(
    keyring: FileKeyring, tmp_path: Path
) -> None:
    access_tokens = tokens_of(keyring)
    text = access_tokens.sign(TOKEN)
    access_tokens.verify(text)
    other = open_keyring(tmp_path)

    other.rotate(NOW, NOW)
    other.prune(LATER, LATER)

    with pytest.raises(InvalidAccessToken):
        access_tokens.verify(text)


def test_every_change_of_the_keys_empties_the_cache(
    keyring: FileKeyring, decoded: list[str]
) -> None:
    access_tokens = tokens_of(keyring)
    text = access_tokens.sign(TOKEN)
    access_tokens.verify(text)

    keyring.rotate(NOW, LATER)
    verified = access_tokens.verify(text)

    assert verified == TOKEN
    assert decoded == [text, text]


def test_a_file_that_is_only_touched_leaves_the_cache_alone(
    keyring: FileKeyring, tmp_path: Path, decoded: list[str]
) -> None:
    access_tokens = tokens_of(keyring)
    text = access_tokens.sign(TOKEN)
    access_tokens.verify(text)

    (tmp_path / "keyring.json").touch()
    access_tokens.verify(text)

    assert decoded == [text]


def test_a_rotation_interrupts_nobody(keyring: FileKeyring) -> None:
    access_tokens = tokens_of(keyring)
    soon = NOW + timedelta(seconds=5)
    before = access_tokens.sign(TOKEN)

    keyring.rotate(NOW, soon)
    meanwhile = access_tokens.sign(replace(TOKEN, issued_at=soon - timedelta(seconds=1)))
    after = access_tokens.sign(replace(TOKEN, issued_at=soon))

    kids = [jwt.get_unverified_header(text)["kid"] for text in (before, meanwhile, after)]
    access = [key for key in keyring.keys() if key.purpose == "access"]  # noqa: SIM118 - no dict
    assert kids == [access[0].id, access[0].id, access[1].id]
    assert all(access_tokens.verify(text) for text in (before, meanwhile, after))


def test_a_key_that_came_since_the_last_look_is_looked_for(tmp_path: Path) -> None:
    seldom = timedelta(hours=1)
    old_worker = tokens_of(open_keyring(tmp_path, "EdDSA", check_every=seldom))
    new_worker = tokens_of(open_keyring(tmp_path, "ES256", check_every=seldom))

    text = new_worker.sign(TOKEN)

    assert old_worker.verify(text) == TOKEN


def test_threads_share_the_cache_while_it_overflows_and_is_emptied(keyring: FileKeyring) -> None:
    access_tokens = tokens_of(keyring, cache_size=5)
    texts = [access_tokens.sign(token) for token in TOKENS]
    together = Barrier(4, timeout=10)

    def work(turn: int) -> list[AccessToken]:
        together.wait()
        if turn == 0:
            keyring.rotate(NOW, LATER)
        return [access_tokens.verify(text) for text in texts]

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(work, range(4)))

    assert results == [TOKENS] * 4
