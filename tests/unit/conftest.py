import pytest

from application.sessions.grant_tokens import TokenGrant
from domain.user import User
from tests.unit.world import World


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def ada(world: World) -> User:
    """Who signed up with ``PASSWORD`` and has not logged in."""
    return world.user("ada@example.org")


@pytest.fixture
def bob(world: World) -> User:
    return world.user("bob@example.org")


@pytest.fixture
def grant(world: World, ada: User) -> TokenGrant:
    """What Ada got when she logged in just now."""
    return world.logged_in(ada)
