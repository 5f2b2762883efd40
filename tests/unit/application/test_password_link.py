"""The link with which the operator lets somebody set a new password."""

from dataclasses import replace
from datetime import timedelta

import pytest

from application.accounts.make_password_link import PasswordLink
from application.accounts.reset_password import ResetPasswordCommand
from application.accounts.verify_credentials import WrongCredentials
from application.ports.password_hasher import HasherBusy
from domain.password import PasswordMismatch, WeakPassword
from domain.password_reset import InvalidPasswordReset, PasswordResetToken, UserIsDisabled
from domain.security_event import SecurityEventKind
from domain.session import OPERATOR, InvalidAccessToken, InvalidGrant, RevocationReason
from domain.throttle import TooManyPasswordResets, password_reset_key
from domain.user import EmailAddress, User, UserNotFound
from tests.unit.world import COMMON_PASSWORD, LAPTOP, PASSWORD, PHONE, STRANGER, World

DAY = timedelta(days=1)
MOMENT = timedelta(microseconds=1)
NEW = "a better password"


@pytest.fixture
def link(world: World, ada: User) -> PasswordLink:
    """Ada's, which the operator has just made."""
    return world.make_password_link(ada.email, DAY)


@pytest.fixture
def command(link: PasswordLink) -> ResetPasswordCommand:
    return ResetPasswordCommand(link.token, NEW, NEW, LAPTOP)


def password_is(world: World, user: User, password: str) -> bool:
    return world.hasher.verify(password, world.store.users[user.id].password_hash)


class TestMakingALink:
    def test_tells_whose_it_is_and_until_when(
        self, world: World, ada: User, link: PasswordLink
    ) -> None:
        assert link.user == ada
        assert link.expires_at == world.clock.now() + DAY

    def test_changes_nothing_until_it_is_used(self, world: World, ada: User) -> None:
        grant = world.logged_in(ada)

        world.make_password_link(ada.email, DAY)

        assert world.store.users[ada.id] == ada
        assert world.authenticate(grant.access_token) == grant.access

    def test_keeps_nothing_that_would_open_the_account(
        self, world: World, link: PasswordLink
    ) -> None:
        assert link.token not in repr(world.store)
        assert link.token not in repr(link)

    def test_is_recorded_as_the_operators_doing(
        self, world: World, ada: User, link: PasswordLink
    ) -> None:
        [event] = world.events_of(SecurityEventKind.PASSWORD_LINK_MADE)

        assert (event.user_id, event.client) == (ada.id, OPERATOR)
        assert event.at == world.clock.now()

    def test_again_makes_the_one_before_void(
        self, world: World, ada: User, command: ResetPasswordCommand
    ) -> None:
        newer = world.make_password_link(ada.email, DAY)

        with pytest.raises(InvalidPasswordReset):
            world.reset_password(command)

        world.reset_password(replace(command, token=newer.token))
        assert password_is(world, ada, NEW)

    def test_for_nobody_is_refused(self, world: World) -> None:
        with pytest.raises(UserNotFound):
            world.make_password_link(EmailAddress("nobody@example.org"), DAY)

    def test_for_a_disabled_user_is_refused(self, world: World, ada: User) -> None:
        world.disable_user(ada.email)

        with pytest.raises(UserIsDisabled):
            world.make_password_link(ada.email, DAY)

        assert world.store.password_resets == {}


class TestTheNewPassword:
    def test_opens_the_account_and_the_old_one_does_not(
        self, world: World, ada: User, bob: User, command: ResetPasswordCommand
    ) -> None:
        world.reset_password(command)

        assert world.logged_in(ada, password=NEW).user.id == ada.id
        with pytest.raises(WrongCredentials):
            world.logged_in(ada)
        stored = world.store.users[ada.id]
        assert stored == ada.change_password(stored.password_hash, world.clock.now())
        assert world.store.users[bob.id] == bob

    @pytest.mark.parametrize(
        "password", ["short", COMMON_PASSWORD, "ada@example.org", "Ada Lovelace"]
    )
    def test_is_refused_when_a_stranger_could_guess_it_and_the_link_stays_good(
        self, world: World, ada: User, command: ResetPasswordCommand, password: str
    ) -> None:
        weak = replace(command, new_password=password, confirm_password=password)

        with pytest.raises(WeakPassword):
            world.reset_password(weak)

        assert world.store.users[ada.id] == ada
        world.reset_password(command)
        assert password_is(world, ada, NEW)

    def test_is_refused_when_its_confirmation_differs(
        self, world: World, ada: User, command: ResetPasswordCommand
    ) -> None:
        with pytest.raises(PasswordMismatch):
            world.reset_password(replace(command, confirm_password=NEW + "x"))

        assert world.store.users[ada.id] == ada

    def test_is_not_set_when_too_many_are_signing_in(
        self, world: World, ada: User, command: ResetPasswordCommand
    ) -> None:
        world.hasher.is_busy = True

        with pytest.raises(HasherBusy):
            world.reset_password(command)

        world.hasher.is_busy = False
        world.reset_password(command)
        assert password_is(world, ada, NEW)


class TestSessions:
    def test_all_end_at_once_with_the_reason(
        self, world: World, ada: User, command: ResetPasswordCommand
    ) -> None:
        grants = [world.logged_in(ada), world.logged_in(ada, PHONE)]

        world.reset_password(command)

        for grant in grants:
            session = world.session_of(grant)
            assert session.revocation_reason is RevocationReason.PASSWORD_RESET
            with pytest.raises(InvalidAccessToken):
                world.authenticate(grant.access_token)
            with pytest.raises(InvalidGrant):
                world.refreshed(grant.refresh_token)

    def test_of_others_go_on(self, world: World, bob: User, command: ResetPasswordCommand) -> None:
        grant = world.logged_in(bob)

        world.reset_password(command)

        assert world.authenticate(grant.access_token) == grant.access

    def test_begun_with_the_old_password_meanwhile_end_as_well(
        self, world: World, ada: User, command: ResetPasswordCommand
    ) -> None:
        world.hasher.while_hashing.once(lambda: world.logged_in(ada, STRANGER))

        world.reset_password(command)

        assert world.list_sessions(ada.id) == []


class TestIsRecorded:
    def test_with_who_when_and_where_and_each_session_that_it_ends(
        self, world: World, ada: User, command: ResetPasswordCommand
    ) -> None:
        grant = world.logged_in(ada, PHONE)

        world.reset_password(replace(command, client=STRANGER))

        [event] = world.events_of(SecurityEventKind.PASSWORD_RESET)
        assert (event.user_id, event.session_id) == (ada.id, None)
        assert (event.at, event.client) == (world.clock.now(), STRANGER)
        [ended] = world.events_of(SecurityEventKind.SESSION_ENDED)
        assert (ended.session_id, ended.detail) == (
            grant.access.session_id,
            RevocationReason.PASSWORD_RESET,
        )


class TestTheLink:
    def test_works_until_it_expires(self, world: World, command: ResetPasswordCommand) -> None:
        world.clock.advance(DAY - MOMENT)

        world.reset_password(command)

        assert len(world.events_of(SecurityEventKind.PASSWORD_RESET)) == 1

    def test_works_once(self, world: World, ada: User, command: ResetPasswordCommand) -> None:
        world.reset_password(command)
        again = replace(command, new_password="yet another", confirm_password="yet another")

        with pytest.raises(InvalidPasswordReset):
            world.reset_password(again)

        assert password_is(world, ada, NEW)

    def test_works_once_though_two_use_it_at_the_same_moment(
        self, world: World, ada: User, command: ResetPasswordCommand
    ) -> None:
        quicker = replace(command, new_password="the quicker", confirm_password="the quicker")
        world.hasher.while_hashing.once(lambda: world.reset_password(quicker))

        with pytest.raises(InvalidPasswordReset):
            world.reset_password(command)

        assert password_is(world, ada, "the quicker")

    def test_is_refused_alike_whatever_is_wrong_with_it(
        self, world: World, ada: User, bob: User, command: ResetPasswordCommand
    ) -> None:
        expired = world.make_password_link(bob.email, MOMENT)
        world.reset_password(command)
        world.clock.advance(MOMENT)

        refusals = []
        for token in (PasswordResetToken("unknown"), command.token, expired.token):
            with pytest.raises(InvalidPasswordReset) as refusal:
                world.reset_password(replace(command, token=token))
            refusals.append((str(refusal.value), refusal.value.code))

        assert len(set(refusals)) == 1
        assert world.store.users[bob.id] == bob

    def test_costs_no_hash_when_it_is_not_good(
        self, world: World, command: ResetPasswordCommand
    ) -> None:
        world.hasher.is_busy = True

        with pytest.raises(InvalidPasswordReset):
            world.reset_password(replace(command, token=PasswordResetToken("unknown")))

    def test_is_void_once_the_user_has_changed_the_password(
        self, world: World, ada: User, command: ResetPasswordCommand
    ) -> None:
        world.changed_password(world.logged_in(ada), "remembered after all")

        with pytest.raises(InvalidPasswordReset):
            world.reset_password(command)

    def test_is_void_once_the_user_was_disabled_and_stays_so(
        self, world: World, ada: User, command: ResetPasswordCommand
    ) -> None:
        world.disable_user(ada.email)
        world.enable_user(ada.email)

        with pytest.raises(InvalidPasswordReset):
            world.reset_password(command)

    def test_does_not_work_for_a_user_who_is_disabled_meanwhile(
        self, world: World, ada: User, command: ResetPasswordCommand
    ) -> None:
        world.hasher.while_hashing.once(lambda: world.disable(ada))

        with pytest.raises(InvalidPasswordReset):
            world.reset_password(command)

        assert password_is(world, ada, PASSWORD)

    def test_is_forgotten_once_it_has_expired(self, world: World, link: PasswordLink) -> None:
        world.clock.advance(DAY - MOMENT)
        world.forget_old()
        assert len(world.store.password_resets) == 1

        world.clock.advance(MOMENT)
        world.forget_old()

        assert world.store.password_resets == {}


class TestGuessing:
    def test_is_slowed_down_for_a_network(
        self, world: World, command: ResetPasswordCommand
    ) -> None:
        guess = replace(command, token=PasswordResetToken("a guess"), client=STRANGER)
        for _ in range(world.throttle_policy.network.free):
            with pytest.raises(InvalidPasswordReset):
                world.reset_password(guess)

        with pytest.raises(TooManyPasswordResets) as refusal:
            world.reset_password(guess)

        assert refusal.value.retry_after == timedelta(seconds=1)
        with pytest.raises(InvalidPasswordReset):
            world.reset_password(replace(guess, client=PHONE))

    def test_keeps_nobody_from_using_a_good_link(
        self, world: World, ada: User, command: ResetPasswordCommand
    ) -> None:
        guess = replace(command, token=PasswordResetToken("a guess"))
        for _ in range(world.throttle_policy.network.free):
            with pytest.raises(InvalidPasswordReset):
                world.reset_password(guess)

        world.reset_password(command)

        assert password_is(world, ada, NEW)
        assert world.attempts == {
            password_reset_key(LAPTOP.ip_address): world.throttle_policy.network.free
        }

    def test_of_passwords_that_went_before_is_forgiven(
        self, world: World, ada: User, command: ResetPasswordCommand
    ) -> None:
        world.logged_in(ada, LAPTOP)
        for client in (LAPTOP, STRANGER):
            for _ in range(4):
                with pytest.raises(WrongCredentials):
                    world.logged_in(ada, client, "forgotten")

        world.reset_password(command)

        assert list(world.attempts.values()) == [4]  # the stranger's network keeps its own
