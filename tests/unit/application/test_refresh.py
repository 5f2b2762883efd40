from dataclasses import replace
from datetime import timedelta

import pytest

from application.ports.store import StoreUnavailable
from application.sessions.grant_tokens import TokenGrant
from application.sessions.refresh import InvalidRefresh
from domain.security_event import SecurityEventKind
from domain.session import (
    InvalidAccessToken,
    InvalidGrant,
    RevocationReason,
    SessionPolicy,
    TooManyRetries,
)
from domain.throttle import TooManyRefreshes
from domain.user import User, UserId
from tests.unit.fakes.in_memory_store import InMemoryStore
from tests.unit.world import LAPTOP, PHONE, REFRESHES_PER_MINUTE, World

SECOND = timedelta(seconds=1)
GRACE = SessionPolicy().grace


def snapshot(store: InMemoryStore) -> list[object]:
    return [
        dict(store.users),
        dict(store.sessions),
        dict(store.security_events),
        dict(store.throttles),
    ]


class TestTheCurrentToken:
    def test_is_exchanged_for_the_next_one(self, world: World, grant: TokenGrant) -> None:
        world.clock.advance(SECOND)

        refreshed = world.refreshed(grant.refresh_token)

        assert refreshed.refresh_token != grant.refresh_token
        assert world.refreshed(refreshed.refresh_token).user == refreshed.user

    def test_gets_a_new_access_token_of_the_same_user_and_session(
        self, world: World, ada: User, grant: TokenGrant
    ) -> None:
        world.clock.advance(SECOND)

        refreshed = world.refreshed(grant.refresh_token)

        assert refreshed.user == ada
        assert refreshed.access == replace(
            grant.access,
            token_id=refreshed.access.token_id,
            issued_at=grant.access.issued_at + SECOND,
            expires_at=grant.access.expires_at + SECOND,
        )
        assert refreshed.access.token_id != grant.access.token_id
        assert world.authenticate(refreshed.access_token) == refreshed.access

    def test_leaves_the_access_token_before_valid_until_it_expires(
        self, world: World, grant: TokenGrant
    ) -> None:
        world.refreshed(grant.refresh_token)

        assert world.authenticate(grant.access_token) == grant.access

    def test_never_makes_a_second_row_nor_an_event(self, world: World, grant: TokenGrant) -> None:
        events = world.security_events

        for _ in range(20):
            world.clock.advance(timedelta(days=1))
            grant = world.refreshed(grant.refresh_token)
            world.refreshed(grant.refresh_token)
            grant = world.refreshed(grant.refresh_token)

        assert list(world.store.sessions) == [grant.access.session_id]
        assert world.security_events == events

    def test_moves_the_stored_session_on(self, world: World, grant: TokenGrant) -> None:
        world.clock.advance(timedelta(days=1))

        world.refreshed(grant.refresh_token)

        session = world.session_of(grant)
        assert session.generation == 1
        assert session.rotated_at == world.clock.now()
        assert session.lifetime.idle_expires_at == world.clock.now() + world.policy.idle


class TestARetryOfALostResponse:
    def test_is_answered_with_the_same_refresh_token_byte_for_byte(
        self, world: World, grant: TokenGrant
    ) -> None:
        lost = world.refreshed(grant.refresh_token)
        world.clock.advance(GRACE - SECOND)

        again = world.refreshed(grant.refresh_token)

        assert again.refresh_token == lost.refresh_token
        assert world.refreshed(again.refresh_token).user == again.user

    def test_gets_an_access_token_of_its_own(self, world: World, grant: TokenGrant) -> None:
        lost = world.refreshed(grant.refresh_token)

        again = world.refreshed(grant.refresh_token)

        assert again.access.token_id != lost.access.token_id
        assert world.authenticate(again.access_token) == again.access

    def test_is_told_to_stop_after_ten_and_nothing_is_revoked(
        self, world: World, grant: TokenGrant
    ) -> None:
        for _ in range(11):
            newest = world.refreshed(grant.refresh_token)
        before = snapshot(world.store)

        with pytest.raises(TooManyRetries):
            world.refreshed(grant.refresh_token)

        assert snapshot(world.store) == before
        assert world.refreshed(newest.refresh_token).user == newest.user

    def test_does_not_extend_the_grace_period(self, world: World, grant: TokenGrant) -> None:
        world.refreshed(grant.refresh_token)
        world.clock.advance(GRACE - SECOND)
        world.refreshed(grant.refresh_token)
        world.clock.advance(SECOND)

        with pytest.raises(InvalidGrant):
            world.refreshed(grant.refresh_token)


class TestReuse:
    @pytest.fixture
    def newest(self, world: World, grant: TokenGrant) -> TokenGrant:
        """What the session stands at when ``grant`` is presented once more, too late."""
        newest = world.refreshed(grant.refresh_token)
        world.clock.advance(GRACE)
        return newest

    def test_is_refused_and_ends_the_session(
        self, world: World, grant: TokenGrant, newest: TokenGrant
    ) -> None:
        with pytest.raises(InvalidGrant):
            world.refreshed(grant.refresh_token)

        session = world.session_of(grant)
        assert session.lifetime.revoked_at == world.clock.now()
        assert session.revocation_reason is RevocationReason.REUSE_DETECTED

    def test_makes_every_token_of_the_session_worthless(
        self, world: World, grant: TokenGrant, newest: TokenGrant
    ) -> None:
        with pytest.raises(InvalidGrant):
            world.refreshed(grant.refresh_token)

        for tokens in (grant, newest):
            with pytest.raises(InvalidAccessToken):
                world.authenticate(tokens.access_token)
            with pytest.raises(InvalidGrant):
                world.refreshed(tokens.refresh_token)

    def test_is_recorded_once_with_who_when_and_where(
        self, world: World, ada: User, grant: TokenGrant, newest: TokenGrant
    ) -> None:
        for _ in range(3):
            with pytest.raises(InvalidGrant):
                world.refreshed(grant.refresh_token, client=PHONE)

        [event] = world.events_of(SecurityEventKind.REFRESH_TOKEN_REUSED)
        assert (event.user_id, event.session_id) == (ada.id, grant.access.session_id)
        assert event.at == world.clock.now()
        assert event.client == PHONE

    def test_is_recorded_in_the_transaction_that_ends_the_session(
        self, world: World, grant: TokenGrant, newest: TokenGrant
    ) -> None:
        def allow_no_other_transaction() -> None:
            world.uow.is_available = False

        world.uow.before_session_replace.once(allow_no_other_transaction)
        with pytest.raises(InvalidGrant):
            world.refreshed(grant.refresh_token)

        assert world.session_of(grant).revocation_reason is RevocationReason.REUSE_DETECTED
        assert len(world.events_of(SecurityEventKind.REFRESH_TOKEN_REUSED)) == 1

    def test_leaves_the_users_other_sessions_and_other_users_alone(
        self, world: World, ada: User, bob: User, grant: TokenGrant, newest: TokenGrant
    ) -> None:
        others = [world.logged_in(ada, PHONE), world.logged_in(bob)]

        with pytest.raises(InvalidGrant):
            world.refreshed(grant.refresh_token)

        for other in others:
            assert world.authenticate(other.access_token) == other.access
            assert world.refreshed(other.refresh_token).user == other.user

    def test_is_not_detected_in_a_session_that_has_ended(
        self, world: World, grant: TokenGrant, newest: TokenGrant
    ) -> None:
        world.logout(grant.access.session_id, LAPTOP)

        with pytest.raises(InvalidGrant):
            world.refreshed(grant.refresh_token)

        assert world.session_of(grant).revocation_reason is RevocationReason.LOGOUT
        assert world.events_of(SecurityEventKind.REFRESH_TOKEN_REUSED) == []


class TestRefused:
    def test_is_a_missing_token(self, world: World) -> None:
        world.uow.is_available = False

        with pytest.raises(InvalidRefresh):
            world.refreshed("")

    @pytest.mark.parametrize("text", ["junk", "\x00", "refresh.0"])
    def test_is_what_we_did_not_make_without_asking_the_store(
        self, world: World, text: str
    ) -> None:
        world.uow.is_available = False

        with pytest.raises(InvalidGrant):
            world.refreshed(text)

    def test_is_a_token_whose_session_is_not_there(self, world: World, grant: TokenGrant) -> None:
        world.store.sessions.clear()

        with pytest.raises(InvalidGrant):
            world.refreshed(grant.refresh_token)

    def test_is_a_token_with_another_secret(self, world: World, grant: TokenGrant) -> None:
        token = world.refresh_tokens.decode(grant.refresh_token)
        forged = world.refresh_tokens.encode(replace(token, secret=bytes(16)), world.clock.now())
        before = snapshot(world.store)

        with pytest.raises(InvalidGrant):
            world.refreshed(forged)

        assert snapshot(world.store) == before

    def test_is_a_newer_generation_than_there_is(self, world: World, grant: TokenGrant) -> None:
        token = world.refresh_tokens.decode(grant.refresh_token)
        forged = world.refresh_tokens.encode(token.successor, world.clock.now())
        before = snapshot(world.store)

        with pytest.raises(InvalidGrant):
            world.refreshed(forged)

        assert snapshot(world.store) == before

    def test_is_a_token_of_a_session_that_was_idle_for_too_long(
        self, world: World, grant: TokenGrant
    ) -> None:
        world.clock.advance(world.policy.idle)

        with pytest.raises(InvalidGrant):
            world.refreshed(grant.refresh_token)

    def test_is_a_token_of_a_session_that_has_lasted_long_enough(
        self, world: World, grant: TokenGrant
    ) -> None:
        for _ in range(9):
            world.clock.advance(timedelta(days=9))
            grant = world.refreshed(grant.refresh_token)
        world.clock.advance(timedelta(days=9))

        with pytest.raises(InvalidGrant):
            world.refreshed(grant.refresh_token)

    def test_is_every_token_of_a_disabled_user_and_nothing_changes(
        self, world: World, ada: User, grant: TokenGrant
    ) -> None:
        world.disable(ada)
        before = snapshot(world.store)

        with pytest.raises(InvalidGrant):
            world.refreshed(grant.refresh_token)

        assert snapshot(world.store) == before

    def test_is_every_token_of_a_deleted_user(
        self, world: World, ada: User, grant: TokenGrant
    ) -> None:
        del world.store.users[ada.id]

        with pytest.raises(InvalidGrant):
            world.refreshed(grant.refresh_token)


class TestTooManyRefreshes:
    def test_are_slowed_down_by_the_network_they_come_from(
        self, world: World, grant: TokenGrant
    ) -> None:
        for _ in range(REFRESHES_PER_MINUTE):
            world.refresh_limiter.take(LAPTOP.ip_address, world.clock.now())

        with pytest.raises(TooManyRefreshes) as refused:
            world.refreshed(grant.refresh_token)

        assert refused.value.retry_after == timedelta(minutes=1) / REFRESHES_PER_MINUTE
        assert world.refreshed(grant.refresh_token, client=PHONE).user == grant.user

    def test_are_those_of_a_whole_household(self, world: World, grant: TokenGrant) -> None:
        one, two = (replace(LAPTOP, ip_address=f"2001:db8::{number}") for number in (1, 2))
        for _ in range(REFRESHES_PER_MINUTE):
            with pytest.raises(InvalidGrant):
                world.refreshed("junk", client=one)

        with pytest.raises(TooManyRefreshes):
            world.refreshed(grant.refresh_token, client=two)

    def test_change_nothing_and_ask_nothing_of_the_store(
        self, world: World, grant: TokenGrant
    ) -> None:
        for _ in range(REFRESHES_PER_MINUTE):
            world.refresh_limiter.take(LAPTOP.ip_address, world.clock.now())
        world.uow.is_available = False

        with pytest.raises(TooManyRefreshes):
            world.refreshed(grant.refresh_token)

        assert world.session_of(grant).generation == 0


class TestTheUserWhomTheClientNames:
    def test_may_be_the_sessions_own(self, world: World, ada: User, grant: TokenGrant) -> None:
        refreshed = world.refreshed(grant.refresh_token, ada.id)

        assert refreshed.user == ada

    def test_is_refused_when_it_is_another_and_nothing_changes(
        self, world: World, bob: User, grant: TokenGrant
    ) -> None:
        before = snapshot(world.store)

        for user_id in (bob.id, UserId(404), UserId(0)):
            with pytest.raises(InvalidGrant):
                world.refreshed(grant.refresh_token, user_id)

        assert snapshot(world.store) == before
        assert world.refreshed(grant.refresh_token).user == grant.user

    def test_is_refused_when_it_is_another_even_at_reuse(
        self, world: World, bob: User, grant: TokenGrant
    ) -> None:
        world.refreshed(grant.refresh_token)
        world.clock.advance(GRACE)
        before = snapshot(world.store)

        with pytest.raises(InvalidGrant):
            world.refreshed(grant.refresh_token, bob.id)

        assert snapshot(world.store) == before


class TestTheGracePeriod:
    def test_begins_when_the_store_lets_the_rotation_in(
        self, world: World, grant: TokenGrant
    ) -> None:
        world.uow.before_begin.once(lambda: world.clock.advance(GRACE - SECOND))
        rotated = world.refreshed(grant.refresh_token)
        world.clock.advance(GRACE - SECOND)

        retried = world.refreshed(grant.refresh_token)

        assert retried.refresh_token == rotated.refresh_token


class TestARace:
    def test_of_the_same_token_is_answered_with_the_same_successor(
        self, world: World, grant: TokenGrant
    ) -> None:
        quicker: list[TokenGrant] = []
        world.uow.before_session_replace.once(
            lambda: quicker.append(world.refreshed(grant.refresh_token))
        )

        slower = world.refreshed(grant.refresh_token)

        assert [slower.refresh_token] == [one.refresh_token for one in quicker]
        assert world.session_of(grant).generation == 1
        assert world.session_of(grant).grace_hits == 1

    def test_of_many_retries_counts_each(self, world: World, grant: TokenGrant) -> None:
        answers = [world.refreshed(grant.refresh_token)]
        for _ in range(4):
            world.uow.before_session_replace.once(
                lambda: answers.append(world.refreshed(grant.refresh_token))
            )

        answers.append(world.refreshed(grant.refresh_token))

        assert len({one.refresh_token for one in answers}) == 1
        assert world.session_of(grant).grace_hits == len(answers) - 1

    def test_is_reuse_where_there_is_no_grace_period(self) -> None:
        world = World(SessionPolicy(grace=timedelta(0)))
        grant = world.logged_in(world.user())
        world.uow.before_session_replace.once(lambda: world.refreshed(grant.refresh_token))

        with pytest.raises(InvalidGrant):
            world.refreshed(grant.refresh_token)

        assert world.session_of(grant).revocation_reason is RevocationReason.REUSE_DETECTED

    def test_with_a_logout_is_won_by_the_logout(self, world: World, grant: TokenGrant) -> None:
        world.uow.before_session_replace.once(lambda: world.logout(grant.access.session_id, LAPTOP))

        with pytest.raises(InvalidGrant):
            world.refreshed(grant.refresh_token)

        session = world.session_of(grant)
        assert session.generation == 0
        assert session.revocation_reason is RevocationReason.LOGOUT

    def test_of_two_that_detect_reuse_records_it_once(
        self, world: World, grant: TokenGrant
    ) -> None:
        world.refreshed(grant.refresh_token)
        world.clock.advance(GRACE)

        def quicker() -> None:
            with pytest.raises(InvalidGrant):
                world.refreshed(grant.refresh_token)

        world.uow.before_session_replace.once(quicker)
        with pytest.raises(InvalidGrant):
            world.refreshed(grant.refresh_token)

        assert len(world.events_of(SecurityEventKind.REFRESH_TOKEN_REUSED)) == 1


def test_a_store_that_is_away_is_said_to_be_away(world: World, grant: TokenGrant) -> None:
    world.uow.is_available = False

    with pytest.raises(StoreUnavailable):
        world.refreshed(grant.refresh_token)
