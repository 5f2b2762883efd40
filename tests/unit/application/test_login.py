from dataclasses import replace
from datetime import timedelta

import pytest

from application.accounts.verify_credentials import InvalidLogin, WrongCredentials
from application.ports.password_hasher import HasherBusy
from application.sessions.login import LoginCommand
from domain.security_event import SecurityEventKind
from domain.session import RevocationReason, SessionPolicy
from domain.throttle import TooManyAttempts
from domain.user import EmailAddress, User
from tests.unit.world import LAPTOP, PASSWORD, PHONE, STRANGER, World


def with_password(user: User, password: str) -> LoginCommand:
    return LoginCommand(user.email, password, LAPTOP)


class TestTheRightPassword:
    def test_begins_a_session_of_the_user_and_the_client(self, world: World, ada: User) -> None:
        grant = world.logged_in(ada, PHONE)

        session = world.session_of(grant)
        assert (session.user_id, session.client) == (ada.id, PHONE)
        assert session.created_at == world.clock.now()
        assert session.lifetime.is_live(world.clock.now())

    def test_begins_it_under_the_policy(self) -> None:
        policy = replace(World().policy, idle=timedelta(days=1), maximum=timedelta(days=2))
        world = World(policy)

        session = world.session_of(world.logged_in(world.user()))

        assert session.lifetime.idle_expires_at == world.clock.now() + timedelta(days=1)
        assert session.lifetime.expires_at == world.clock.now() + timedelta(days=2)

    def test_gets_tokens_of_that_session(self, world: World, ada: User) -> None:
        grant = world.logged_in(ada)

        assert grant.user == ada
        assert world.authenticate(grant.access_token) == grant.access
        assert grant.access.user_id == ada.id
        assert world.refreshed(grant.refresh_token).access.session_id == grant.access.session_id

    def test_gets_an_access_token_that_lasts_as_long_as_the_policy_says(self) -> None:
        policy = replace(World().policy, access_token=timedelta(minutes=5))
        world = World(policy)

        grant = world.logged_in(world.user())

        assert grant.access.lifetime == timedelta(minutes=5)

    def test_begins_another_session_each_time(self, world: World, ada: User) -> None:
        grants = [world.logged_in(ada) for _ in range(3)]

        assert len({grant.access.session_id for grant in grants}) == 3
        assert len({grant.access.token_id for grant in grants}) == 3
        assert len({grant.refresh_token for grant in grants}) == 3
        assert len({session.secret_hash for session in world.store.sessions.values()}) == 3

    @pytest.mark.parametrize("email", ["ADA@EXAMPLE.ORG", "  ada@example.org "])
    def test_opens_the_account_however_the_address_is_spelt(
        self, world: World, ada: User, email: str
    ) -> None:
        grant = world.login(LoginCommand(email, PASSWORD, LAPTOP))

        assert grant.user == ada


class TestTooManySessions:
    def test_make_one_end_that_was_never_refreshed(self) -> None:
        world = World(SessionPolicy(sessions=3))
        ada = world.user()
        browser, script, other = (world.logged_in(ada) for _ in range(3))
        world.refreshed(browser.refresh_token)

        newest = world.logged_in(ada, PHONE)

        live = {session.id for session in world.list_sessions(ada.id)}
        assert live == {one.access.session_id for one in (browser, other, newest)}
        [event] = world.events_of(SecurityEventKind.SESSION_ENDED)
        assert (event.session_id, event.client) == (script.access.session_id, PHONE)
        assert event.detail == RevocationReason.TOO_MANY_SESSIONS

    def test_never_make_the_one_end_that_begins(self) -> None:
        world = World(SessionPolicy(sessions=1))
        ada = world.user()
        world.refreshed(world.logged_in(ada).refresh_token)

        newest = world.logged_in(ada)

        assert world.authenticate(newest.access_token) == newest.access
        assert len(world.list_sessions(ada.id)) == 1

    def test_are_counted_for_each_user_and_without_those_that_ended(self) -> None:
        world = World(SessionPolicy(sessions=2))
        ada, bob = world.user("ada@example.org"), world.user("bob@example.org")
        stays = world.logged_in(ada)
        world.logout(world.logged_in(ada).access.session_id, LAPTOP)
        world.logged_in(bob)

        world.logged_in(ada)

        assert world.authenticate(stays.access_token) == stays.access


class TestIsRecorded:
    def test_once_with_who_when_and_where(self, world: World, ada: User) -> None:
        grant = world.logged_in(ada, PHONE)

        [event] = world.security_events
        assert event.kind is SecurityEventKind.LOGGED_IN
        assert (event.user_id, event.session_id) == (ada.id, grant.access.session_id)
        assert (event.at, event.client) == (world.clock.now(), PHONE)

    def test_as_failed_when_the_password_is_wrong(self, world: World, ada: User) -> None:
        with pytest.raises(WrongCredentials):
            world.login(with_password(ada, "wrong"))

        [event] = world.security_events
        assert event.kind is SecurityEventKind.LOGIN_FAILED
        assert (event.user_id, event.session_id, event.client) == (ada.id, None, LAPTOP)

    def test_only_if_the_session_is_kept(self, world: World, ada: User) -> None:
        world.hasher.while_hashing.once(lambda: world.disable(ada))

        with pytest.raises(WrongCredentials):
            world.logged_in(ada)

        assert world.events_of(SecurityEventKind.LOGGED_IN) == []


class TestGuessing:
    def test_is_slowed_down_whoever_the_account_is_of(self, world: World, ada: User) -> None:
        for email in (ada.email, "nobody@example.org"):
            for _ in range(5):
                with pytest.raises(WrongCredentials):
                    world.login(LoginCommand(email, "wrong", STRANGER))
            with pytest.raises(TooManyAttempts) as refused:
                world.login(LoginCommand(email, PASSWORD, STRANGER))
            assert refused.value.retry_after == timedelta(seconds=1)

        assert world.store.sessions == {}

    @pytest.mark.parametrize("email", ["ADA@example.org", " ada@example.org"])
    def test_counts_however_the_address_is_spelt(self, world: World, ada: User, email: str) -> None:
        for _ in range(5):
            with pytest.raises(WrongCredentials):
                world.login(LoginCommand(email, "wrong", STRANGER))

        with pytest.raises(TooManyAttempts):
            world.login(LoginCommand(ada.email, "wrong", STRANGER))

    def test_by_a_stranger_keeps_the_owner_out_of_neither_a_session_nor_a_known_address(
        self, world: World, ada: User
    ) -> None:
        grant = world.logged_in(ada, LAPTOP)
        for _ in range(5):
            with pytest.raises(WrongCredentials):
                world.login(LoginCommand(ada.email, "wrong", STRANGER))
        with pytest.raises(TooManyAttempts):
            world.logged_in(ada, STRANGER)

        assert world.authenticate(grant.access_token) == grant.access
        assert world.refreshed(grant.refresh_token).user == ada
        assert world.logged_in(ada, LAPTOP).user == ada

    def test_ends_with_a_login_that_is_right(self, world: World, ada: User) -> None:
        for _ in range(3):
            for _ in range(4):
                with pytest.raises(WrongCredentials):
                    world.login(LoginCommand(ada.email, "wrong", PHONE))
            assert world.logged_in(ada, PHONE).user == ada


class TestWrongCredentials:
    def test_are_a_wrong_password(self, world: World, ada: User) -> None:
        with pytest.raises(WrongCredentials):
            world.login(with_password(ada, PASSWORD + "x"))

        assert world.store.sessions == {}

    def test_are_anothers_password(self, world: World, ada: User, bob: User) -> None:
        world.set_password(bob, "the password of bob")

        with pytest.raises(WrongCredentials):
            world.login(with_password(ada, "the password of bob"))

    @pytest.mark.parametrize("email", ["nobody@example.org", "no address", "\x00"])
    def test_are_an_unknown_address_which_costs_one_verification_all_the_same(
        self, world: World, ada: User, email: str
    ) -> None:
        with pytest.raises(WrongCredentials):
            world.login(LoginCommand(email, PASSWORD, LAPTOP))

        assert world.hasher.verified == [(PASSWORD, None)]
        assert world.store.sessions == {}

    def test_cost_one_verification_for_a_known_address(self, world: World, ada: User) -> None:
        with pytest.raises(WrongCredentials):
            world.login(with_password(ada, "wrong"))

        assert world.hasher.verified == [("wrong", ada.password_hash)]

    def test_are_those_of_a_disabled_user(self, world: World, ada: User) -> None:
        world.disable(ada)

        with pytest.raises(WrongCredentials):
            world.logged_in(ada)

        assert world.store.sessions == {}

    def test_sound_the_same_whatever_is_wrong(self, world: World, ada: User, bob: User) -> None:
        world.disable(bob)

        said = set()
        for command in (
            with_password(ada, "wrong"),
            with_password(bob, PASSWORD),
            LoginCommand("nobody@example.org", PASSWORD, LAPTOP),
        ):
            with pytest.raises(WrongCredentials) as refused:
                world.login(command)
            said.add(str(refused.value))

        assert len(said) == 1


@pytest.mark.parametrize(("email", "password"), [("", PASSWORD), ("ada@example.org", ""), ("", "")])
def test_a_missing_address_or_password_is_refused_before_it_costs_anything(
    world: World, ada: User, email: str, password: str
) -> None:
    world.uow.is_available = False

    with pytest.raises(InvalidLogin):
        world.login(LoginCommand(email, password, LAPTOP))

    assert world.hasher.verified == []


def test_a_busy_hasher_lets_nobody_in(world: World, ada: User) -> None:
    world.hasher.is_busy = True

    with pytest.raises(HasherBusy):
        world.logged_in(ada)

    assert world.store.sessions == {}


class TestWhileHashing:
    def test_a_changed_password_shuts_the_old_one_out(self, world: World, ada: User) -> None:
        world.hasher.while_hashing.once(lambda: world.set_password(ada, "another password"))

        with pytest.raises(WrongCredentials):
            world.logged_in(ada)

        assert world.store.sessions == {}
        assert world.login(with_password(ada, "another password")).user.id == ada.id

    def test_a_changed_password_stays_when_the_old_one_would_be_rehashed(
        self, world: World, ada: User
    ) -> None:
        world.hasher.strength = 2
        world.hasher.while_hashing.once(lambda: world.set_password(ada, "another password"))

        with pytest.raises(WrongCredentials):
            world.logged_in(ada)

        assert world.login(with_password(ada, "another password")).user.id == ada.id

    def test_a_disabled_user_is_shut_out(self, world: World, ada: User) -> None:
        world.hasher.while_hashing.once(lambda: world.disable(ada))

        with pytest.raises(WrongCredentials):
            world.logged_in(ada)

        assert world.store.sessions == {}

    def test_a_deleted_user_is_shut_out(self, world: World, ada: User) -> None:
        world.hasher.while_hashing.once(lambda: world.remove(ada))

        with pytest.raises(WrongCredentials):
            world.logged_in(ada)

        assert world.store.sessions == {}


class TestRehash:
    def test_happens_at_login_when_hashes_have_become_stronger(
        self, world: World, ada: User
    ) -> None:
        world.hasher.strength = 2

        world.logged_in(ada)

        stored = world.store.users[ada.id]
        assert not world.hasher.needs_rehash(stored.password_hash)
        assert world.hasher.verify(PASSWORD, stored.password_hash)
        assert stored == replace(ada, password_hash=stored.password_hash)

    def test_lets_the_user_in_again_afterwards(self, world: World, ada: User) -> None:
        world.hasher.strength = 2
        world.logged_in(ada)

        again = world.logged_in(ada)

        assert again.user == world.store.users[ada.id]

    def test_does_not_happen_otherwise(self, world: World, ada: User) -> None:
        world.logged_in(ada)

        assert world.store.users[ada.id] == ada

    def test_does_not_happen_at_a_wrong_password(self, world: World, ada: User) -> None:
        world.hasher.strength = 2

        with pytest.raises(WrongCredentials):
            world.login(with_password(ada, "wrong"))

        assert world.store.users[ada.id] == ada

    def test_keeps_what_else_has_changed_of_the_user_meanwhile(
        self, world: World, ada: User
    ) -> None:
        world.hasher.strength = 2
        moved = replace(ada, email=EmailAddress("countess@example.org"))
        world.hasher.while_hashing.once(lambda: world.save(moved))

        grant = world.logged_in(ada)

        assert grant.user == world.store.users[ada.id]
        assert grant.user.email == moved.email

    def test_by_another_login_meanwhile_does_not_make_the_password_wrong(
        self, world: World, ada: User
    ) -> None:
        world.hasher.strength = 2
        world.hasher.while_hashing.once(lambda: world.logged_in(ada, PHONE))

        world.logged_in(ada, LAPTOP)

        assert {session.client for session in world.store.sessions.values()} == {LAPTOP, PHONE}
