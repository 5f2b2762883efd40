"""What the owner of sessions can see and end."""

from dataclasses import replace
from datetime import timedelta

import pytest

from application.ports.store import StoreUnavailable
from application.sessions.grant_tokens import TokenGrant
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
    SessionPolicy,
)
from domain.throttle import TooManyAttempts
from domain.user import EmailAddress, User, UserNotFound, WrongPassword
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
) -> TokenGrant:
    return world.reauthenticate(world.proof(grant, client, password))


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

    def test_tells_the_operator_by_the_address_of_a_user(
        self, world: World, ada: User, grant: TokenGrant
    ) -> None:
        assert world.list_sessions.by_operator(ada.email) == world.list_sessions(ada.id)
        with pytest.raises(UserNotFound):
            world.list_sessions.by_operator(EmailAddress("nobody@example.org"))


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
        again = give_password(world, grant)

        revoke(world, again, phone.access.session_id)

        assert reason_of(world, phone) is RevocationReason.LOGGED_OUT_ELSEWHERE

    def test_is_for_nobody_whose_own_session_is_gone(
        self, world: World, grant: TokenGrant, phone: TokenGrant
    ) -> None:
        del world.store.sessions[grant.access.session_id]

        with pytest.raises(InvalidAccessToken):
            revoke(world, grant, phone.access.session_id)

        assert lives(world, phone)

    def test_is_for_nobody_whose_own_session_has_just_ended(
        self, world: World, grant: TokenGrant, phone: TokenGrant
    ) -> None:
        world.logout(grant.access.session_id, LAPTOP)

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

    def test_is_for_nobody_whose_own_session_has_just_ended(
        self, world: World, grant: TokenGrant, phone: TokenGrant
    ) -> None:
        world.logout(grant.access.session_id, LAPTOP)

        with pytest.raises(InvalidAccessToken):
            revoke_others(world, grant)

        assert lives(world, phone)

    def test_is_not_for_a_session_that_is_on_its_way_out(
        self, world: World, grant: TokenGrant
    ) -> None:
        successor = give_password(world, grant)

        with pytest.raises(InvalidAccessToken):
            revoke_others(world, grant)

        assert lives(world, successor)

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
    def test_puts_a_new_session_in_the_place_of_the_one_before(
        self, world: World, ada: User, grant: TokenGrant, phone: TokenGrant
    ) -> None:
        world.clock.advance(timedelta(hours=1))

        again = give_password(world, grant, client=TABLET)

        session = world.session_of(again)
        assert session.authenticated_at == session.created_at == world.clock.now()
        assert session.client == replace(TABLET, label=LAPTOP.label)
        assert world.list_sessions(ada.id) == [session, world.session_of(phone)]
        assert world.refreshed(again.refresh_token).access.session_id == session.id

    def test_makes_the_tokens_of_the_one_before_worthless_after_the_grace_period(
        self, world: World, grant: TokenGrant, phone: TokenGrant
    ) -> None:
        again = give_password(world, grant)

        world.clock.advance(world.policy.grace)

        assert [lives(world, each) for each in (grant, again, phone)] == [False, True, True]
        with pytest.raises(InvalidGrant):
            world.refreshed(grant.refresh_token)

    def test_is_answered_again_within_the_grace_period_to_whoever_lost_the_answer(
        self, world: World, grant: TokenGrant
    ) -> None:
        give_password(world, grant)
        world.clock.advance(world.policy.grace - SECOND)

        again = give_password(world, grant)

        assert lives(world, again)
        assert len(world.events_of(SecurityEventKind.SESSION_ENDED)) == 1
        world.clock.advance(SECOND)
        assert not lives(world, grant)

    def test_lets_nobody_have_more_sessions_by_asking_again(self) -> None:
        world = World(SessionPolicy(sessions=3))
        ada = world.user()
        grant = world.logged_in(ada)

        asked = [give_password(world, grant) for _ in range(10)]

        assert [lives(world, each) for each in asked] == 7 * [False] + 3 * [True]
        assert lives(world, grant)

    def test_lets_nobody_have_more_sessions_one_after_the_other(self) -> None:
        world = World(SessionPolicy(sessions=3))
        grants = [world.logged_in(world.user())]

        for _ in range(10):
            grants.append(give_password(world, grants[-1]))

        assert [lives(world, each) for each in grants] == 7 * [False] + 4 * [True]

    def test_lets_another_one_go_where_one_may_live(self) -> None:
        world = World(SessionPolicy(sessions=1))
        grant = world.logged_in(world.user())

        lost, again = give_password(world, grant), give_password(world, grant)

        assert [lives(world, each) for each in (lost, again)] == [False, True]

    def test_lets_no_refresh_prolong_the_one_before(self, world: World, grant: TokenGrant) -> None:
        give_password(world, grant)

        refreshed = world.refreshed(grant.refresh_token)

        world.clock.advance(world.policy.grace)
        assert not lives(world, refreshed)
        with pytest.raises(InvalidGrant):
            world.refreshed(refreshed.refresh_token)

    def test_ends_the_one_before_at_once_where_there_is_no_grace_period(self) -> None:
        world = World(SessionPolicy(grace=timedelta(0)))
        grant = world.logged_in(world.user("ada@example.org"))

        again = give_password(world, grant)

        assert [lives(world, each) for each in (grant, again)] == [False, True]

    def test_gives_a_thief_of_the_tokens_nothing_of_what_it_opens(
        self, world: World, grant: TokenGrant, phone: TokenGrant
    ) -> None:
        world.clock.advance(world.policy.reauthentication)
        give_password(world, grant)

        with pytest.raises(InvalidAccessToken):
            revoke_others(world, grant)
        with pytest.raises(ReauthenticationRequired):
            revoke(world, grant, phone.access.session_id)

        assert reason_of(world, phone) is None

    def test_leaves_a_logout_in_the_grace_period_nothing_to_tell(
        self, world: World, grant: TokenGrant
    ) -> None:
        give_password(world, grant)

        world.logout(grant.access.session_id, LAPTOP)

        assert not lives(world, grant)
        assert len(world.events_of(SecurityEventKind.SESSION_ENDED)) == 1

    def test_is_told_as_an_end_and_a_login(
        self, world: World, ada: User, grant: TokenGrant
    ) -> None:
        before = len(world.security_events)

        again = give_password(world, grant, client=TABLET)

        ended, begun = world.security_events[before:]
        assert (ended.kind, ended.session_id, ended.detail) == (
            SecurityEventKind.SESSION_ENDED,
            grant.access.session_id,
            "password_given_again",
        )
        assert (begun.kind, begun.session_id) == (
            SecurityEventKind.LOGGED_IN,
            again.access.session_id,
        )
        assert {(event.user_id, event.client) for event in (ended, begun)} == {(ada.id, TABLET)}

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

    def test_wins_over_a_refresh_that_comes_between(self, world: World, grant: TokenGrant) -> None:
        newest: list[TokenGrant] = []
        world.uow.before_session_replace.once(
            lambda: newest.append(world.refreshed(grant.refresh_token))
        )

        again = give_password(world, grant)

        world.clock.advance(world.policy.grace)
        assert lives(world, again)
        with pytest.raises(InvalidGrant):
            world.refreshed(newest[0].refresh_token)

    @pytest.mark.parametrize("when", ["while hashing", "while writing"])
    def test_begins_nothing_for_a_session_that_ends_meanwhile(
        self, world: World, ada: User, grant: TokenGrant, when: str
    ) -> None:
        hashing, writing = world.hasher.while_hashing, world.uow.before_session_replace
        interruption = hashing if when == "while hashing" else writing
        interruption.once(lambda: world.logout(grant.access.session_id, LAPTOP))

        with pytest.raises(InvalidAccessToken):
            give_password(world, grant)

        assert reason_of(world, grant) is RevocationReason.LOGOUT
        assert world.list_sessions(ada.id) == []

    def test_begins_nothing_for_an_account_that_goes_meanwhile(
        self, world: World, ada: User, grant: TokenGrant
    ) -> None:
        world.hasher.while_hashing.once(lambda: world.remove(ada))

        with pytest.raises(InvalidAccessToken):
            give_password(world, grant)

        assert world.store.sessions == {}

    def test_begins_nothing_by_a_password_that_is_changed_meanwhile(
        self, world: World, ada: User, grant: TokenGrant
    ) -> None:
        world.hasher.while_hashing.once(lambda: world.set_password(ada, "another good horse"))

        with pytest.raises(WrongPassword):
            give_password(world, grant)

        assert lives(world, grant)

    def test_tells_of_the_end_once_when_two_are_at_it(
        self, world: World, grant: TokenGrant
    ) -> None:
        quicker: list[TokenGrant] = []
        world.hasher.while_hashing.once(lambda: quicker.append(give_password(world, grant)))

        slower = give_password(world, grant)

        assert [lives(world, each) for each in (quicker[0], slower)] == [True, True]
        assert len(world.events_of(SecurityEventKind.SESSION_ENDED)) == 1
