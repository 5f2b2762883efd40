from dataclasses import replace
from datetime import timedelta

import pytest

from application.sessions.grant_tokens import TokenGrant
from domain.security_event import SecurityEventKind
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


def test_it_is_recorded_once_with_who_when_and_where(
    world: World, ada: User, grant: TokenGrant
) -> None:
    world.clock.advance(timedelta(seconds=1))
    at = world.clock.now()

    world.logout(grant.access.session_id, PHONE)
    world.clock.advance(timedelta(seconds=1))
    world.logout(grant.access.session_id, LAPTOP)

    [event] = world.events_of(SecurityEventKind.SESSION_ENDED)
    assert (event.user_id, event.session_id) == (ada.id, grant.access.session_id)
    assert (event.at, event.client, event.detail) == (at, PHONE, RevocationReason.LOGOUT)


def test_it_is_recorded_in_the_transaction_that_ends_the_session(
    world: World, grant: TokenGrant
) -> None:
    def allow_no_other_transaction() -> None:
        world.uow.is_available = False

    world.uow.before_session_replace.once(allow_no_other_transaction)
    world.logout(grant.access.session_id, LAPTOP)

    assert world.session_of(grant).revocation_reason is RevocationReason.LOGOUT
    assert len(world.events_of(SecurityEventKind.SESSION_ENDED)) == 1


def test_a_session_that_has_run_out_is_not_told_of_again(world: World, grant: TokenGrant) -> None:
    world.clock.advance(world.policy.idle)
    before = world.session_of(grant)

    world.logout(grant.access.session_id, LAPTOP)

    assert world.session_of(grant) == before
    assert world.events_of(SecurityEventKind.SESSION_ENDED) == []


class TestByRefreshToken:
    def test_ends_the_session_whose_token_it_is(
        self, world: World, ada: User, grant: TokenGrant
    ) -> None:
        other = world.logged_in(ada, PHONE)

        world.logout.by_refresh_token(grant.refresh_token, LAPTOP)

        assert world.session_of(grant).revocation_reason is RevocationReason.LOGOUT
        assert world.session_of(other).revocation_reason is None
        [event] = world.events_of(SecurityEventKind.SESSION_ENDED)
        assert (event.user_id, event.session_id, event.client) == (
            ada.id,
            grant.access.session_id,
            LAPTOP,
        )

    def test_may_be_done_by_a_token_of_any_generation_and_is_no_reuse(
        self, world: World, grant: TokenGrant
    ) -> None:
        world.refreshed(world.refreshed(grant.refresh_token).refresh_token)
        world.clock.advance(timedelta(minutes=1))

        world.logout.by_refresh_token(grant.refresh_token, LAPTOP)

        assert world.session_of(grant).revocation_reason is RevocationReason.LOGOUT
        assert world.events_of(SecurityEventKind.REFRESH_TOKEN_REUSED) == []

    def test_of_a_session_that_has_ended_changes_nothing(
        self, world: World, grant: TokenGrant
    ) -> None:
        world.logout.by_refresh_token(grant.refresh_token, LAPTOP)
        ended, events = world.session_of(grant), world.security_events
        world.clock.advance(timedelta(seconds=1))

        world.logout.by_refresh_token(grant.refresh_token, LAPTOP)

        assert (world.session_of(grant), world.security_events) == (ended, events)

    def test_is_refused_with_another_secret(self, world: World, grant: TokenGrant) -> None:
        token = world.refresh_tokens.decode(grant.refresh_token)
        forged = world.refresh_tokens.encode(replace(token, secret=bytes(16)), world.clock.now())

        with pytest.raises(InvalidGrant):
            world.logout.by_refresh_token(forged, LAPTOP)

        assert world.session_of(grant).revocation_reason is None

    def test_is_refused_when_there_is_no_such_session(
        self, world: World, grant: TokenGrant
    ) -> None:
        del world.store.sessions[grant.access.session_id]

        with pytest.raises(InvalidGrant):
            world.logout.by_refresh_token(grant.refresh_token, LAPTOP)

    @pytest.mark.parametrize("text", ["", "junk"])
    def test_is_refused_for_what_we_did_not_make_without_asking_the_store(
        self, world: World, text: str
    ) -> None:
        world.uow.is_available = False

        with pytest.raises(InvalidGrant):
            world.logout.by_refresh_token(text, LAPTOP)


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
