"""What the operator does to accounts and sessions of others."""

import pytest

from application.accounts.verify_credentials import WrongCredentials
from domain.security_event import SecurityEventKind
from domain.session import (
    InvalidAccessToken,
    InvalidGrant,
    RevocationReason,
    SessionId,
    SessionNotFound,
)
from domain.user import EmailAddress, User, UserNotFound
from tests.unit.world import PHONE, World

NOBODY = EmailAddress("nobody@example.org")


class TestDisabling:
    def test_ends_all_sessions_of_the_user_at_once(self, world: World, ada: User) -> None:
        grants = [world.logged_in(ada), world.logged_in(ada, PHONE)]

        world.disable_user(ada.email)

        for grant in grants:
            session = world.session_of(grant)
            assert session.revocation_reason is RevocationReason.ACCOUNT_DISABLED
            with pytest.raises(InvalidAccessToken):
                world.authenticate(grant.access_token)
            with pytest.raises(InvalidGrant):
                world.refreshed(grant.refresh_token)

    def test_keeps_the_user_out(self, world: World, ada: User) -> None:
        world.disable_user(ada.email)

        with pytest.raises(WrongCredentials):
            world.logged_in(ada)

    def test_leaves_others_alone(self, world: World, ada: User, bob: User) -> None:
        grant = world.logged_in(bob)

        world.disable_user(ada.email)

        assert world.authenticate(grant.access_token).user_id == bob.id

    def test_is_recorded_once_however_often_it_is_done(self, world: World, ada: User) -> None:
        first = world.disable_user(ada.email)

        again = world.disable_user(ada.email)

        assert again == first == world.store.users[ada.id]
        [event] = [it for it in world.security_events if it.user_id == ada.id]
        assert event.kind is SecurityEventKind.ACCOUNT_DISABLED

    def test_of_nobody_is_refused(self, world: World) -> None:
        with pytest.raises(UserNotFound):
            world.disable_user(NOBODY)


class TestEnabling:
    def test_lets_the_user_log_in_again(self, world: World, ada: User) -> None:
        before = world.logged_in(ada)
        world.disable_user(ada.email)

        world.enable_user(ada.email)

        after = world.logged_in(ada)
        assert world.authenticate(after.access_token).user_id == ada.id
        with pytest.raises(InvalidAccessToken):
            world.authenticate(before.access_token)

    def test_is_recorded(self, world: World, ada: User) -> None:
        world.disable_user(ada.email)
        world.enable_user(ada.email)

        kinds = [event.kind for event in world.security_events]
        assert kinds == [SecurityEventKind.ACCOUNT_DISABLED, SecurityEventKind.ACCOUNT_ENABLED]

    def test_of_one_who_is_enabled_changes_nothing(self, world: World, ada: User) -> None:
        assert world.enable_user(ada.email) == ada
        assert world.security_events == []

    def test_of_nobody_is_refused(self, world: World) -> None:
        with pytest.raises(UserNotFound):
            world.enable_user(NOBODY)


class TestEndingSessions:
    def test_ends_one(self, world: World, ada: User) -> None:
        ended, other = world.logged_in(ada), world.logged_in(ada, PHONE)

        world.end_by_operator(ended.access.session_id)

        assert world.session_of(ended).revocation_reason is RevocationReason.ENDED_BY_OPERATOR
        assert world.authenticate(other.access_token) == other.access

    def test_ends_all_of_a_user_and_counts_those_that_lived(
        self, world: World, ada: User, bob: User
    ) -> None:
        grants = [world.logged_in(ada), world.logged_in(ada), world.logged_in(ada)]
        world.end_by_operator(grants[0].access.session_id)
        bobs = world.logged_in(bob)

        assert world.end_by_operator.of_user(ada.email) == 2

        for grant in grants:
            with pytest.raises(InvalidAccessToken):
                world.authenticate(grant.access_token)
        assert world.authenticate(bobs.access_token) == bobs.access

    def test_refuses_one_that_does_not_live(self, world: World, ada: User) -> None:
        grant = world.logged_in(ada)
        world.end_by_operator(grant.access.session_id)

        with pytest.raises(SessionNotFound):
            world.end_by_operator(grant.access.session_id)
        with pytest.raises(SessionNotFound):
            world.end_by_operator(SessionId(bytes(16)))

    def test_refuses_nobodys(self, world: World) -> None:
        with pytest.raises(UserNotFound):
            world.end_by_operator.of_user(NOBODY)
