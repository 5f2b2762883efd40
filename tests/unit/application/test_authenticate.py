from dataclasses import replace
from datetime import timedelta

import pytest

from application.ports.store import StoreUnavailable
from application.sessions.grant_tokens import TokenGrant
from domain.session import InvalidAccessToken, SessionId
from domain.user import User
from tests.unit.world import LAPTOP, World

MOMENT = timedelta(microseconds=1)


def until_expiry(world: World, grant: TokenGrant) -> timedelta:
    return grant.access.expires_at - world.clock.now()


def test_an_access_token_says_who_is_asking_and_in_which_session(
    world: World, ada: User, grant: TokenGrant
) -> None:
    token = world.authenticate(grant.access_token)

    assert token == grant.access
    assert (token.user_id, token.session_id) == (ada.id, world.session_of(grant).id)


def test_it_is_accepted_until_a_moment_before_it_expires(world: World, grant: TokenGrant) -> None:
    world.clock.advance(until_expiry(world, grant) - MOMENT)

    assert world.authenticate(grant.access_token) == grant.access


def test_it_is_refused_exactly_at_its_expiry(world: World, grant: TokenGrant) -> None:
    world.clock.advance(until_expiry(world, grant))

    with pytest.raises(InvalidAccessToken):
        world.authenticate(grant.access_token)


def test_it_is_accepted_a_leeway_longer_where_there_is_one() -> None:
    leeway = timedelta(seconds=30)
    world = World(leeway=leeway)
    grant = world.logged_in(world.user())

    world.clock.advance(until_expiry(world, grant) + leeway - MOMENT)
    accepted = world.authenticate(grant.access_token)
    world.clock.advance(MOMENT)

    assert accepted == grant.access
    with pytest.raises(InvalidAccessToken):
        world.authenticate(grant.access_token)


def test_an_expired_one_is_refused_without_asking_the_store(
    world: World, grant: TokenGrant
) -> None:
    world.clock.advance(timedelta(hours=1))
    world.uow.is_available = False

    with pytest.raises(InvalidAccessToken):
        world.authenticate(grant.access_token)


@pytest.mark.parametrize("text", ["", "junk", "\x00"])
def test_what_we_did_not_sign_is_refused_without_asking_the_store(world: World, text: str) -> None:
    world.uow.is_available = False

    with pytest.raises(InvalidAccessToken):
        world.authenticate(text)


def test_a_refresh_token_is_no_access_token(world: World, grant: TokenGrant) -> None:
    with pytest.raises(InvalidAccessToken):
        world.authenticate(grant.refresh_token)


def test_it_is_refused_once_its_session_was_revoked(world: World, grant: TokenGrant) -> None:
    world.logout(grant.access.session_id, LAPTOP)

    with pytest.raises(InvalidAccessToken):
        world.authenticate(grant.access_token)


def test_it_is_refused_when_there_is_no_such_session(world: World, grant: TokenGrant) -> None:
    signed = world.access_tokens.sign(replace(grant.access, session_id=SessionId(bytes(16))))

    with pytest.raises(InvalidAccessToken):
        world.authenticate(signed)


def test_it_is_refused_in_the_session_of_somebody_else(
    world: World, bob: User, grant: TokenGrant
) -> None:
    signed = world.access_tokens.sign(replace(grant.access, user_id=bob.id))

    with pytest.raises(InvalidAccessToken):
        world.authenticate(signed)


def test_it_is_refused_once_its_session_has_expired_however_long_it_lasts_itself(
    world: World, grant: TokenGrant
) -> None:
    far = grant.access.expires_at + timedelta(days=365)
    signed = world.access_tokens.sign(replace(grant.access, expires_at=far))
    world.clock.advance(world.policy.idle)

    with pytest.raises(InvalidAccessToken):
        world.authenticate(signed)


def test_a_deleted_users_token_is_refused(world: World, ada: User, grant: TokenGrant) -> None:
    world.remove(ada)

    with pytest.raises(InvalidAccessToken):
        world.authenticate(grant.access_token)


def test_nobody_is_let_in_while_the_store_is_away(world: World, grant: TokenGrant) -> None:
    world.uow.is_available = False

    with pytest.raises(StoreUnavailable):
        world.authenticate(grant.access_token)
