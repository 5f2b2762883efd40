from datetime import timedelta

import pytest

from application.sessions.grant_tokens import TokenGrant
from domain.session import InvalidAccessToken, InvalidGrant, RevocationReason, SessionId
from domain.user import User
from tests.unit.world import LAPTOP, PHONE, World


def test_logout_ends_the_session_now(world: World, grant: TokenGrant) -> None:
    world.clock.advance(timedelta(seconds=1))

    world.logout(grant.access.session_id, LAPTOP)

    session = world.session_of(grant)
    assert session.lifetime.revoked_at == world.clock.now()
    assert session.revocation_reason is RevocationReason.LOGOUT


def test_after_it_none_of_the_sessions_tokens_is_accepted(world: World, grant: TokenGrant) -> None:
    newest = world.refreshed(grant.refresh_token)

    world.logout(grant.access.session_id, LAPTOP)

    for tokens in (grant, newest):
        with pytest.raises(InvalidAccessToken):
            world.authenticate(tokens.access_token)
        with pytest.raises(InvalidGrant):
            world.refreshed(tokens.refresh_token)


def test_it_leaves_the_users_other_sessions_alone(
    world: World, ada: User, grant: TokenGrant
) -> None:
    other = world.logged_in(ada, PHONE)

    world.logout(grant.access.session_id, LAPTOP)

    assert world.authenticate(other.access_token) == other.access
    assert world.refreshed(other.refresh_token).user == other.user


def test_a_second_logout_changes_nothing(world: World, grant: TokenGrant) -> None:
    world.logout(grant.access.session_id, LAPTOP)
    ended = world.session_of(grant)
    world.clock.advance(timedelta(seconds=1))

    world.logout(grant.access.session_id, LAPTOP)

    assert world.session_of(grant) == ended


def test_logging_out_of_a_session_that_is_not_there_is_no_error(world: World) -> None:
    world.logout(SessionId(bytes(16)), LAPTOP)

    assert world.store.sessions == {}


def test_it_wins_over_a_refresh_that_comes_between(world: World, grant: TokenGrant) -> None:
    newest: list[TokenGrant] = []
    world.uow.before_session_replace.once(
        lambda: newest.append(world.refreshed(grant.refresh_token))
    )

    world.logout(grant.access.session_id, LAPTOP)

    session = world.session_of(grant)
    assert session.generation == 1
    assert session.revocation_reason is RevocationReason.LOGOUT
    with pytest.raises(InvalidGrant):
        world.refreshed(newest[0].refresh_token)


def test_it_keeps_the_reason_of_a_reuse_that_comes_between(world: World, grant: TokenGrant) -> None:
    world.refreshed(grant.refresh_token)
    world.clock.advance(world.policy.grace)

    def reuse() -> None:
        with pytest.raises(InvalidGrant):
            world.refreshed(grant.refresh_token)

    world.uow.before_session_replace.once(reuse)
    world.logout(grant.access.session_id, LAPTOP)

    assert world.session_of(grant).revocation_reason is RevocationReason.REUSE_DETECTED
