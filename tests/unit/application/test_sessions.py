"""What the owner of sessions can see and end."""

from dataclasses import replace
from datetime import timedelta

import pytest

from application.ports.store import StoreUnavailable
from application.sessions.grant_tokens import TokenGrant
from application.sessions.reauthenticate import ReauthenticateCommand
from application.sessions.revoke_session import RevokeSessionCommand
from domain.security_event import SecurityEventKind
from domain.session import (
    Client,
    InvalidAccessToken,
    InvalidGrant,
    ReauthenticationRequired,
    RevocationReason,
    SessionId,
    SessionNotFound,
)
from domain.throttle import TooManyAttempts
from domain.user import User, WrongPassword
from tests.unit.world import LAPTOP, PASSWORD, PHONE, STRANGER, World

SECOND = timedelta(seconds=1)
UNKNOWN = SessionId(bytes(16))
TABLET = Client("tablet", "Tablet/1.0", "198.51.100.3")


@pytest.fixture
def phone(world: World, ada: User, grant: TokenGrant) -> TokenGrant:
    """Ada's second session, later than ``grant``, which is of her laptop."""
    world.clock.advance(SECOND)
    return world.logged_in(ada, PHONE)


def revoke(world: World, caller: TokenGrant, session_id: SessionId) -> None:
    world.revoke_session(RevokeSessionCommand(caller.access.session_id, session_id, TABLET))


def revoke_others(world: World, caller: TokenGrant) -> None:
    world.revoke_other_sessions(caller.access.session_id, TABLET)


def give_password(
    world: World, grant: TokenGrant, password: str = PASSWORD, client: Client = LAPTOP
) -> None:
    world.reauthenticate(ReauthenticateCommand(grant.access.session_id, password, client))


def lives(world: World, grant: TokenGrant) -> bool:
    try:
        world.authenticate(grant.access_token)
    except InvalidAccessToken:
        return False
    return True


def reason_of(world: World, grant: TokenGrant) -> RevocationReason | None:
    return world.session_of(grant).revocation_reason


class TestListSessions:
    def test_tells_where_a_user_is_signed_in_newest_first(
        self, world: World, ada: User, grant: TokenGrant, phone: TokenGrant
    ) -> None:
        sessions = world.list_sessions(ada.id)

        assert sessions == [world.session_of(phone), world.session_of(grant)]
        assert [session.client for session in sessions] == [PHONE, LAPTOP]

    def test_tells_of_no_session_that_has_ended(
        self, world: World, ada: User, grant: TokenGrant, phone: TokenGrant
    ) -> None:
        world.logout(phone.access.session_id, PHONE)

        assert world.list_sessions(ada.id) == [world.session_of(grant)]

    def test_tells_of_no_session_that_has_run_out(
        self, world: World, ada: User, grant: TokenGrant, phone: TokenGrant
    ) -> None:
        world.clock.advance(world.policy.idle - SECOND)

        assert world.list_sessions(ada.id) == [world.session_of(phone)]

    def test_tells_of_nobody_elses(self, world: World, bob: User, grant: TokenGrant) -> None:
        assert world.list_sessions(bob.id) == []


class TestRevokeSession:
    def test_ends_another_session_of_the_callers_at_once(
        self, world: World, grant: TokenGrant, phone: TokenGrant
    ) -> None:
        revoke(world, grant, phone.access.session_id)

        assert [lives(world, each) for each in (grant, phone)] == [True, False]
        assert reason_of(world, phone) is RevocationReason.LOGGED_OUT_ELSEWHERE
        with pytest.raises(InvalidGrant):
            world.refreshed(phone.refresh_token)

    def test_ends_the_callers_own_session_as_a_logout(
        self, world: World, grant: TokenGrant, phone: TokenGrant
    ) -> None:
        world.clock.advance(world.policy.reauthentication)

        revoke(world, grant, grant.access.session_id)

        assert reason_of(world, grant) is RevocationReason.LOGOUT
        assert reason_of(world, phone) is None

    def test_is_recorded_once_with_who_when_and_where(
        self, world: World, ada: User, grant: TokenGrant, phone: TokenGrant
    ) -> None:
        revoke(world, grant, phone.access.session_id)

        [event] = world.events_of(SecurityEventKind.SESSION_ENDED)
        assert (event.user_id, event.session_id) == (ada.id, phone.access.session_id)
        assert (event.at, event.client) == (world.clock.now(), TABLET)
        assert event.detail == RevocationReason.LOGGED_OUT_ELSEWHERE

    @pytest.mark.parametrize("kind", ["unknown", "another's", "ended", "run out"])
    def test_finds_no_session_that_is_not_there_or_anothers_or_over(
        self, world: World, ada: User, bob: User, kind: str
    ) -> None:
        first = world.logged_in(ada)
        world.clock.advance(world.policy.idle - SECOND)
        caller, of_bob = world.logged_in(ada), world.logged_in(bob)
        ended = world.logged_in(ada)
        world.logout(ended.access.session_id, LAPTOP)
        world.clock.advance(SECOND)
        asked = {
            "unknown": UNKNOWN,
            "another's": of_bob.access.session_id,
            "ended": ended.access.session_id,
            "run out": first.access.session_id,
        }
        before = dict(world.store.sessions), world.security_events

        with pytest.raises(SessionNotFound):
            revoke(world, caller, asked[kind])

        assert (dict(world.store.sessions), world.security_events) == before

    def test_needs_a_password_given_recently_and_changes_nothing_without(
        self, world: World, grant: TokenGrant, phone: TokenGrant
    ) -> None:
        world.clock.advance(world.policy.reauthentication - SECOND)
        before = dict(world.store.sessions), world.security_events

        with pytest.raises(ReauthenticationRequired):
            revoke(world, grant, phone.access.session_id)

        assert (dict(world.store.sessions), world.security_events) == before

    def test_is_possible_again_once_the_password_was_given(
        self, world: World, grant: TokenGrant, phone: TokenGrant
    ) -> None:
        world.clock.advance(world.policy.reauthentication)
        give_password(world, grant)

        revoke(world, grant, phone.access.session_id)

        assert reason_of(world, phone) is RevocationReason.LOGGED_OUT_ELSEWHERE

    def test_is_for_nobody_whose_own_session_is_gone(
        self, world: World, grant: TokenGrant, phone: TokenGrant
    ) -> None:
        del world.store.sessions[grant.access.session_id]

        with pytest.raises(InvalidAccessToken):
            revoke(world, grant, phone.access.session_id)

        assert lives(world, phone)

    def test_wins_over_a_refresh_that_comes_between(
        self, world: World, grant: TokenGrant, phone: TokenGrant
    ) -> None:
        newest: list[TokenGrant] = []
        world.uow.before_session_replace.once(
            lambda: newest.append(world.refreshed(phone.refresh_token))
        )

        revoke(world, grant, phone.access.session_id)

        assert world.session_of(phone).generation == 1
        assert reason_of(world, phone) is RevocationReason.LOGGED_OUT_ELSEWHERE
        with pytest.raises(InvalidGrant):
            world.refreshed(newest[0].refresh_token)

    def test_leaves_an_end_that_comes_between_as_it_was_and_tells_of_it_once(
        self, world: World, grant: TokenGrant, phone: TokenGrant
    ) -> None:
        world.uow.before_session_replace.once(lambda: world.logout(phone.access.session_id, PHONE))

        revoke(world, grant, phone.access.session_id)

        assert reason_of(world, phone) is RevocationReason.LOGOUT
        [event] = world.events_of(SecurityEventKind.SESSION_ENDED)
        assert event.client == PHONE


class TestRevokeOtherSessions:
    def test_ends_all_but_the_callers_own(
        self, world: World, ada: User, bob: User, grant: TokenGrant, phone: TokenGrant
    ) -> None:
        tablet, of_bob = world.logged_in(ada, TABLET), world.logged_in(bob)

        revoke_others(world, phone)

        assert [lives(world, each) for each in (phone, of_bob)] == [True, True]
        for ended in (grant, tablet):
            assert reason_of(world, ended) is RevocationReason.LOGGED_OUT_ELSEWHERE
            assert not lives(world, ended)
            with pytest.raises(InvalidGrant):
                world.refreshed(ended.refresh_token)

    def test_is_recorded_once_for_each_that_lived(
        self, world: World, ada: User, grant: TokenGrant, phone: TokenGrant
    ) -> None:
        ended, tablet = world.logged_in(ada), world.logged_in(ada, TABLET)
        world.logout(ended.access.session_id, LAPTOP)

        revoke_others(world, phone)
        revoke_others(world, phone)

        _, *events = world.events_of(SecurityEventKind.SESSION_ENDED)
        assert {event.session_id for event in events} == {
            grant.access.session_id,
            tablet.access.session_id,
        }
        assert len(events) == 2
        assert {(event.user_id, event.client, event.detail) for event in events} == {
            (ada.id, TABLET, "logged_out_elsewhere")
        }

    def test_tells_nothing_of_sessions_that_had_run_out(
        self, world: World, ada: User, grant: TokenGrant
    ) -> None:
        world.clock.advance(world.policy.idle)
        caller = world.logged_in(ada)

        revoke_others(world, caller)

        assert reason_of(world, grant) is None
        assert world.events_of(SecurityEventKind.SESSION_ENDED) == []

    def test_needs_a_password_given_recently_and_changes_nothing_without(
        self, world: World, grant: TokenGrant, phone: TokenGrant
    ) -> None:
        world.clock.advance(world.policy.reauthentication - SECOND)

        with pytest.raises(ReauthenticationRequired):
            revoke_others(world, grant)

        assert reason_of(world, phone) is None

    def test_is_for_nobody_whose_own_session_is_gone(
        self, world: World, grant: TokenGrant, phone: TokenGrant
    ) -> None:
        del world.store.sessions[grant.access.session_id]

        with pytest.raises(InvalidAccessToken):
            revoke_others(world, grant)

        assert lives(world, phone)

    def test_lets_no_login_come_between(
        self, world: World, ada: User, grant: TokenGrant, phone: TokenGrant
    ) -> None:
        def log_in() -> None:
            # It would wait for its turn; here nobody waits, and so it is sent away.
            with pytest.raises(StoreUnavailable):
                world.logged_in(ada, TABLET)

        world.uow.before_session_replace.once(log_in)
        revoke_others(world, grant)

        assert world.list_sessions(ada.id) == [world.session_of(grant)]

    def test_wins_over_a_refresh_that_comes_between(
        self, world: World, grant: TokenGrant, phone: TokenGrant
    ) -> None:
        world.uow.before_session_replace.once(lambda: world.refreshed(phone.refresh_token))

        revoke_others(world, grant)

        assert world.session_of(phone).generation == 1
        assert reason_of(world, phone) is RevocationReason.LOGGED_OUT_ELSEWHERE


class TestReauthenticate:
    def test_notes_when_the_password_was_given(
        self, world: World, grant: TokenGrant, phone: TokenGrant
    ) -> None:
        before = world.session_of(grant)
        world.clock.advance(timedelta(hours=1))

        give_password(world, grant)

        assert world.session_of(grant) == replace(before, authenticated_at=world.clock.now())
        assert world.session_of(phone).authenticated_at < world.clock.now()

    def test_is_no_event(self, world: World, grant: TokenGrant) -> None:
        before = world.security_events

        give_password(world, grant)

        assert world.security_events == before

    def test_is_refused_with_a_wrong_password_which_counts(
        self, world: World, grant: TokenGrant
    ) -> None:
        before = world.session_of(grant)
        world.clock.advance(SECOND)

        for _ in range(5):
            with pytest.raises(WrongPassword):
                give_password(world, grant, "wrong", STRANGER)
        with pytest.raises(TooManyAttempts):
            give_password(world, grant, PASSWORD, STRANGER)

        assert world.session_of(grant) == before
        assert len(world.events_of(SecurityEventKind.LOGIN_FAILED)) == 5

    def test_is_refused_when_the_session_is_not_there(
        self, world: World, grant: TokenGrant
    ) -> None:
        del world.store.sessions[grant.access.session_id]

        with pytest.raises(InvalidAccessToken):
            give_password(world, grant)

        assert world.hasher.verified[1:] == []

    def test_keeps_what_a_refresh_has_changed_meanwhile(
        self, world: World, grant: TokenGrant
    ) -> None:
        world.clock.advance(SECOND)
        world.uow.before_session_replace.once(lambda: world.refreshed(grant.refresh_token))

        give_password(world, grant)

        session = world.session_of(grant)
        assert (session.generation, session.authenticated_at) == (1, world.clock.now())

    def test_does_not_revive_a_session_that_ends_meanwhile(
        self, world: World, grant: TokenGrant
    ) -> None:
        world.clock.advance(SECOND)
        world.uow.before_session_replace.once(lambda: world.logout(grant.access.session_id, LAPTOP))

        give_password(world, grant)

        assert not lives(world, grant)
        assert reason_of(world, grant) is RevocationReason.LOGOUT

    def test_of_an_account_that_goes_meanwhile_ends_in_peace(
        self, world: World, ada: User, grant: TokenGrant
    ) -> None:
        world.hasher.while_hashing.once(lambda: world.remove(ada))

        give_password(world, grant)

        assert world.store.sessions == {}

    def test_and_a_refresh_do_not_undo_each_other(self, world: World, grant: TokenGrant) -> None:
        world.clock.advance(SECOND)
        world.uow.before_session_replace.once(lambda: give_password(world, grant))

        world.refreshed(grant.refresh_token)

        session = world.session_of(grant)
        assert (session.generation, session.authenticated_at) == (1, world.clock.now())
