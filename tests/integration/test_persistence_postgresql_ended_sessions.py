"""A session that ends while its call waits for the user does nothing more, on PostgreSQL.

On SQLite nobody writes beside another's transaction.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

from application.accounts.signup import SignupCommand
from application.second_factor.begin_second_factor import BeginSecondFactorCommand
from application.sessions.login import LoginCommand
from domain.session import Client, InvalidAccessToken, SessionId
from domain.user import User
from entrypoints.container import Container
from entrypoints.settings import Settings
from tests.authenticator_app import shown_at
from tests.integration.databases import execute
from tests.integration.test_persistence_postgresql_waits import WAITING

PASSWORD = "correct horse battery"
LAPTOP = Client("", "", "192.0.2.1")


@dataclass
class Scene:
    """Ada in two sessions, with a second factor that waits for its first code."""

    container: Container
    ada: User
    own: SessionId
    other: SessionId
    seed: str


@pytest.fixture
def scene(postgresql_url: str, tmp_path: Path) -> Iterator[Scene]:
    settings = Settings(
        data_dir=tmp_path,
        database_url=SecretStr(postgresql_url),
        argon2_memory_kib=8,
        argon2_time_cost=1,
    )
    container = Container(settings=settings)
    ada = container.signup()(
        SignupCommand("ada@example.org", PASSWORD, PASSWORD, "Ada", "Lovelace", LAPTOP)
    )
    login = LoginCommand(ada.email, PASSWORD, LAPTOP)
    own, other = (container.login()(login).access.session_id for _ in range(2))
    pending = container.begin_second_factor()(BeginSecondFactorCommand(ada.email, PASSWORD, LAPTOP))
    yield Scene(container, ada, own, other, pending.seed)
    container.store().disconnect()


def confirm(scene: Scene) -> None:
    code = shown_at(scene.seed, scene.container.clock().now())
    scene.container.confirm_second_factor()(scene.own, code, LAPTOP)


def end_others(scene: Scene) -> None:
    scene.container.revoke_other_sessions()(scene.own, LAPTOP)


@pytest.mark.parametrize("call", [confirm, end_others])
def test_it_is_refused_and_changes_nothing(
    scene: Scene, call: Callable[[Scene], None], postgresql_url: str
) -> None:
    with psycopg.connect(postgresql_url) as somebody, ThreadPoolExecutor(1) as threads:
        somebody.execute(f"SELECT FROM users WHERE id = {scene.ada.id} FOR UPDATE")
        called = threads.submit(call, scene)
        while execute(postgresql_url, WAITING) == [(0,)]:
            assert not called.done()
        somebody.execute("UPDATE sessions SET revoked_at = now() WHERE id = %s", [scene.own])
        somebody.commit()

        with pytest.raises(InvalidAccessToken):
            called.result()

    assert [one.id for one in scene.container.list_sessions()(scene.ada.id)] == [scene.other]
    assert scene.container.describe_second_factor()(scene.ada.id) is None
