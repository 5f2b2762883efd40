"""The second factor: set up by a password and a first code, asked for wherever a password is."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from application.accounts.change_password import ChangePasswordCommand
from application.accounts.reset_password import ResetPasswordCommand
from application.accounts.verify_credentials import InvalidLogin, WrongCredentials
from application.ports.keyring import KeyPurpose
from application.second_factor.begin_second_factor import (
    BeginSecondFactorCommand,
    PendingSecondFactor,
)
from application.sessions.grant_tokens import TokenGrant
from domain.second_factor import (
    RECOVERY_CODES,
    CodeRequired,
    NoSecondFactor,
    Proof,
    SecondFactorExists,
    SecondFactorRequired,
    UnreadableSecondFactor,
    WrongCode,
)
from domain.security_event import SecurityEventKind
from domain.session import OPERATOR, InvalidAccessToken, RevocationReason, SessionPolicy
from domain.throttle import TooManyAttempts, TooManyCodes, code_at_known_address_key, code_key
from domain.user import EmailAddress, User, UserNotFound, WrongPassword
from tests.unit.world import LAPTOP, PASSWORD, PHONE, STRANGER, World

STEP = timedelta(seconds=30)
MOMENT = timedelta(microseconds=1)
WRONG = "not a code"
NEW = "a better password"


@pytest.fixture
def pending(world: World, ada: User) -> PendingSecondFactor:
    return world.pending_second_factor(ada)


@pytest.fixture
def factor(world: World, grant: TokenGrant, pending: PendingSecondFactor) -> PendingSecondFactor:
    """Ada's, which she confirmed a moment ago; the next code has not been used."""
    confirm(world, grant, world.code(pending))
    world.clock.advance(STEP)
    return pending


def confirm(world: World, grant: TokenGrant, code: str) -> None:
    world.confirm_second_factor(grant.access.session_id, code, LAPTOP)


def change_password(world: World, grant: TokenGrant, code: str = "") -> None:
    access = grant.access
    world.change_password(
        ChangePasswordCommand(access.user_id, access.session_id, PASSWORD, NEW, NEW, LAPTOP, code)
    )


def lives(world: World, grant: TokenGrant) -> bool:
    try:
        world.authenticate(grant.access_token)
    except InvalidAccessToken:
        return False
    return True


class TestSettingUp:
    def test_takes_the_password(self, world: World, ada: User) -> None:
        with pytest.raises(WrongCredentials):
            world.pending_second_factor(ada, "wrong")

        assert world.store.second_factors == {}
        assert len(world.events_of(SecurityEventKind.LOGIN_FAILED)) == 1

    def test_is_slowed_down_like_a_login(self, world: World, ada: User) -> None:
        command = BeginSecondFactorCommand(ada.email, "wrong", STRANGER)
        for _ in range(world.throttle_policy.account.free):
            with pytest.raises(WrongCredentials):
                world.begin_second_factor(command)

        with pytest.raises(TooManyAttempts):
            world.begin_second_factor(replace(command, password=PASSWORD))

    def test_for_nobody_is_refused_like_a_wrong_password(self, world: World) -> None:
        with pytest.raises(WrongCredentials):
            world.begin_second_factor(
                BeginSecondFactorCommand("nobody@example.org", PASSWORD, LAPTOP)
            )

    @pytest.mark.parametrize(("email", "password"), [("", PASSWORD), ("ada@example.org", "")])
    def test_says_what_is_missing(self, world: World, email: str, password: str) -> None:
        with pytest.raises(InvalidLogin):
            world.begin_second_factor(BeginSecondFactorCommand(email, password, LAPTOP))

    def test_for_a_disabled_user_is_refused(self, world: World, ada: User) -> None:
        world.disable_user(ada.email)

        with pytest.raises(WrongCredentials):
            world.pending_second_factor(ada)

    def test_finds_its_account_however_the_address_is_written(
        self, world: World, ada: User
    ) -> None:
        command = BeginSecondFactorCommand(" ADA@Example.org ", PASSWORD, LAPTOP)

        assert world.begin_second_factor(command).email == ada.email

    def test_is_told_with_who_when_and_where(
        self, world: World, ada: User, pending: PendingSecondFactor
    ) -> None:
        [event] = world.events_of(SecurityEventKind.SECOND_FACTOR_BEGUN)

        assert (event.user_id, event.at, event.client) == (ada.id, world.clock.now(), LAPTOP)

    @pytest.mark.parametrize("fate", [World.disable, World.remove])
    def test_of_a_user_who_is_gone_or_disabled_meanwhile_is_refused(
        self, world: World, ada: User, fate: Callable[[World, User], None]
    ) -> None:
        world.hasher.while_hashing.once(lambda: fate(world, ada))

        with pytest.raises(WrongCredentials):
            world.pending_second_factor(ada)

        assert world.store.second_factors == {}

    def test_that_nobody_confirms_is_forgotten_after_a_day(
        self, world: World, ada: User, bob: User, factor: PendingSecondFactor
    ) -> None:
        world.pending_second_factor(bob)
        world.clock.advance(timedelta(days=1))
        world.forget_old()
        assert set(world.store.second_factors) == {ada.id, bob.id}

        world.clock.advance(timedelta(microseconds=1))
        world.forget_old()

        assert set(world.store.second_factors) == {ada.id}

    def test_changes_nothing_until_a_first_code(
        self, world: World, ada: User, grant: TokenGrant, pending: PendingSecondFactor
    ) -> None:
        assert world.describe_second_factor(ada.id) is None
        assert lives(world, grant)
        assert lives(world, world.logged_in(ada))

    def test_gives_recovery_codes_that_are_all_different(
        self, pending: PendingSecondFactor
    ) -> None:
        assert len(set(pending.recovery_codes)) == RECOVERY_CODES

    def test_shows_what_it_gives_in_no_repr(self, pending: PendingSecondFactor) -> None:
        assert pending.seed not in repr(pending)
        assert pending.recovery_codes[0] not in repr(pending)

    def test_again_makes_the_one_before_void(
        self, world: World, ada: User, grant: TokenGrant, pending: PendingSecondFactor
    ) -> None:
        newer = world.pending_second_factor(ada)

        with pytest.raises(WrongCode):
            confirm(world, grant, world.code(pending))
        confirm(world, grant, world.code(newer))

    def test_is_refused_where_there_is_one_that_is_active(
        self, world: World, ada: User, factor: PendingSecondFactor
    ) -> None:
        with pytest.raises(SecondFactorExists):
            world.pending_second_factor(ada)

        assert lives(world, world.logged_in(ada, code=world.code(factor)))

    def test_of_a_password_that_has_just_changed_is_refused(
        self, world: World, ada: User, grant: TokenGrant
    ) -> None:
        world.hasher.while_hashing.once(lambda: world.changed_password(grant, NEW))

        with pytest.raises(WrongCredentials):
            world.pending_second_factor(ada)

        assert world.store.second_factors == {}

    def test_while_a_login_hashes_the_password_anew_goes_on(self, world: World, ada: User) -> None:
        world.hasher.strength = 2
        world.hasher.while_hashing.once(lambda: world.logged_in(ada, PHONE))

        world.pending_second_factor(ada)

        assert list(world.store.second_factors) == [ada.id]


class TestTheFirstCode:
    def test_makes_it_active_and_ends_all_other_sessions(
        self, world: World, ada: User, grant: TokenGrant, pending: PendingSecondFactor
    ) -> None:
        phone = world.logged_in(ada, PHONE)

        confirm(world, grant, world.code(pending))

        described = world.describe_second_factor(ada.id)
        assert described is not None
        assert described.confirmed_at == world.clock.now()
        assert (lives(world, grant), lives(world, phone)) == (True, False)
        reason = RevocationReason.SECOND_FACTOR_ADDED
        assert world.session_of(phone).revocation_reason is reason

    def test_is_told_once_with_who_when_and_where(
        self, world: World, ada: User, grant: TokenGrant, factor: PendingSecondFactor
    ) -> None:
        [event] = world.events_of(SecurityEventKind.SECOND_FACTOR_ADDED)

        assert (event.user_id, event.session_id) == (ada.id, grant.access.session_id)
        assert (event.at, event.client) == (world.clock.now() - STEP, LAPTOP)

    def test_that_is_wrong_changes_nothing_and_counts(
        self, world: World, ada: User, grant: TokenGrant, pending: PendingSecondFactor
    ) -> None:
        for _ in range(world.throttle_policy.account.free):
            with pytest.raises(WrongCode):
                confirm(world, grant, WRONG)

        with pytest.raises(TooManyCodes):
            confirm(world, grant, world.code(pending))
        assert world.describe_second_factor(ada.id) is None

    def test_cannot_be_left_out(
        self, world: World, ada: User, grant: TokenGrant, pending: PendingSecondFactor
    ) -> None:
        with pytest.raises(WrongCode):
            confirm(world, grant, "")

        assert world.describe_second_factor(ada.id) is None

    def test_takes_a_factor_that_is_set_up(self, world: World, grant: TokenGrant) -> None:
        with pytest.raises(NoSecondFactor):
            confirm(world, grant, "123456")

    def test_of_one_that_is_active_is_refused(
        self, world: World, grant: TokenGrant, factor: PendingSecondFactor
    ) -> None:
        with pytest.raises(SecondFactorExists):
            confirm(world, grant, world.code(factor))

    def test_comes_within_an_hour(
        self, world: World, grant: TokenGrant, pending: PendingSecondFactor
    ) -> None:
        world.clock.advance(timedelta(hours=1))

        with pytest.raises(NoSecondFactor):
            confirm(world, grant, world.code(pending))

    def test_of_one_set_up_by_a_password_of_before_is_refused(
        self, world: World, ada: User, grant: TokenGrant, pending: PendingSecondFactor
    ) -> None:
        world.clock.advance(STEP)
        world.changed_password(grant, NEW)

        with pytest.raises(NoSecondFactor):
            confirm(world, grant, world.code(pending))
        world.logged_in(ada, password=NEW, code=world.code(pending))
        assert world.describe_second_factor(ada.id) is None

    def test_of_one_set_up_before_the_password_was_reset_is_refused(
        self, world: World, ada: User, pending: PendingSecondFactor
    ) -> None:
        world.clock.advance(STEP)
        link = world.make_password_link(ada.email, timedelta(days=1))
        world.reset_password(ResetPasswordCommand(link.token, NEW, NEW, PHONE))

        world.logged_in(ada, password=NEW, code=world.code(pending))

        assert world.describe_second_factor(ada.id) is None

    def test_does_not_come_from_a_session_that_is_on_its_way_out(
        self, world: World, grant: TokenGrant, pending: PendingSecondFactor
    ) -> None:
        again = world.reauthenticate(world.proof(grant))

        with pytest.raises(InvalidAccessToken):
            confirm(world, grant, world.code(pending))

        assert lives(world, again)

    def test_takes_a_session_that_lives(
        self, world: World, grant: TokenGrant, pending: PendingSecondFactor
    ) -> None:
        world.logout(grant.access.session_id, LAPTOP)

        with pytest.raises(InvalidAccessToken):
            confirm(world, grant, world.code(pending))

    def test_may_be_that_of_a_login(
        self, world: World, ada: User, grant: TokenGrant, pending: PendingSecondFactor
    ) -> None:
        again = world.logged_in(ada, code=world.code(pending))

        assert world.describe_second_factor(ada.id) is not None
        assert (lives(world, grant), lives(world, again)) == (False, True)


class TestALogin:
    def test_without_a_code_is_refused_and_counts_as_nothing_where_its_owner_is(
        self, world: World, ada: User, factor: PendingSecondFactor
    ) -> None:
        with pytest.raises(CodeRequired):
            world.logged_in(ada)

        assert world.attempts == {}
        assert world.events_of(SecurityEventKind.CODE_MISSING) == []
        assert len(world.store.sessions) == 1

    def test_from_elsewhere_without_a_code_is_told(
        self, world: World, ada: User, factor: PendingSecondFactor
    ) -> None:
        with pytest.raises(CodeRequired):
            world.logged_in(ada, STRANGER)

        [event] = world.events_of(SecurityEventKind.CODE_MISSING)
        assert (event.user_id, event.at, event.client) == (ada.id, world.clock.now(), STRANGER)

    def test_from_elsewhere_without_a_code_is_not_told_without_end_and_never_waits(
        self, world: World, ada: User, factor: PendingSecondFactor
    ) -> None:
        for _ in range(20):
            with pytest.raises(CodeRequired):
                world.logged_in(ada, STRANGER)

        told = world.events_of(SecurityEventKind.CODE_MISSING)
        assert len(told) == world.throttle_policy.account.free
        assert lives(world, world.logged_in(ada, PHONE, code=world.code(factor)))
        assert world.attempts == {}

    def test_without_a_code_where_it_was_set_up_is_not_told_though_that_session_has_ended(
        self, world: World, ada: User, grant: TokenGrant, factor: PendingSecondFactor
    ) -> None:
        world.logout(grant.access.session_id, LAPTOP)

        with pytest.raises(CodeRequired):
            world.logged_in(ada, LAPTOP)

        assert world.events_of(SecurityEventKind.CODE_MISSING) == []

    def test_from_a_new_place_goes_through_in_two_steps(
        self, world: World, ada: User, factor: PendingSecondFactor
    ) -> None:
        with pytest.raises(CodeRequired):
            world.logged_in(ada, PHONE)

        assert lives(world, world.logged_in(ada, PHONE, code=world.code(factor)))
        assert world.attempts == {}

    def test_with_a_code_of_the_device_goes_through_and_says_so(
        self, world: World, ada: User, factor: PendingSecondFactor
    ) -> None:
        grant = world.logged_in(ada, PHONE, code=world.code(factor))

        assert lives(world, grant)
        event = world.events_of(SecurityEventKind.LOGGED_IN)[-1]
        assert (event.session_id, event.detail) == (grant.access.session_id, Proof.DEVICE_CODE)

    def test_with_a_recovery_code_goes_through_once_and_says_so(
        self, world: World, ada: User, factor: PendingSecondFactor
    ) -> None:
        code = factor.recovery_codes[0]
        world.logged_in(ada, code=code)

        assert world.events_of(SecurityEventKind.LOGGED_IN)[-1].detail == Proof.RECOVERY_CODE
        with pytest.raises(WrongCode):
            world.logged_in(ada, code=code)
        described = world.describe_second_factor(ada.id)
        assert described is not None
        assert len(described.recovery_hashes) == RECOVERY_CODES - 1

    def test_uses_a_code_up_though_two_come_at_once(
        self, world: World, ada: User, factor: PendingSecondFactor
    ) -> None:
        code = world.code(factor)
        world.hasher.while_hashing.once(lambda: world.logged_in(ada, PHONE, code=code))

        with pytest.raises(WrongCode, match="has been used"):
            world.logged_in(ada, code=code)

    def test_that_does_not_begin_a_session_uses_up_no_code(
        self, world: World, ada: User, factor: PendingSecondFactor
    ) -> None:
        world.hasher.strength = 2
        world.hasher.while_hashing.once(lambda: world.set_password(ada, PASSWORD))

        assert lives(world, world.logged_in(ada, code=world.code(factor)))

    def test_with_a_wrong_password_never_looks_at_the_code(
        self, world: World, ada: User, factor: PendingSecondFactor
    ) -> None:
        code = world.code(factor)

        with pytest.raises(WrongCredentials):
            world.logged_in(ada, password="wrong", code=code)

        assert lives(world, world.logged_in(ada, code=code))

    def test_of_somebody_who_has_none_does_not_mind_a_code(self, world: World, bob: User) -> None:
        assert lives(world, world.logged_in(bob, code="123456"))

    def test_that_was_begun_before_there_was_one_is_refused_too(
        self, world: World, ada: User, grant: TokenGrant, pending: PendingSecondFactor
    ) -> None:
        world.hasher.while_hashing.once(lambda: confirm(world, grant, world.code(pending)))

        with pytest.raises(CodeRequired):
            world.logged_in(ada, PHONE)

    def test_after_a_password_was_reset_still_takes_a_code(
        self, world: World, ada: User, factor: PendingSecondFactor
    ) -> None:
        link = world.make_password_link(ada.email, timedelta(days=1))
        world.reset_password(ResetPasswordCommand(link.token, NEW, NEW, PHONE))

        with pytest.raises(CodeRequired):
            world.logged_in(ada, password=NEW)


class TestGuessing:
    def test_is_slowed_down_and_the_right_code_then_waits_too(
        self, world: World, ada: User, factor: PendingSecondFactor
    ) -> None:
        for _ in range(world.throttle_policy.account.free):
            with pytest.raises(WrongCode):
                world.logged_in(ada, STRANGER, code=WRONG)

        with pytest.raises(TooManyCodes) as refusal:
            world.logged_in(ada, STRANGER, code=world.code(factor))

        assert refusal.value.retry_after == timedelta(seconds=1)

    def test_is_told_each_time(self, world: World, ada: User, factor: PendingSecondFactor) -> None:
        with pytest.raises(WrongCode):
            world.logged_in(ada, STRANGER, code=WRONG)

        [event] = world.events_of(SecurityEventKind.CODE_FAILED)
        assert (event.user_id, event.session_id) == (ada.id, None)
        assert (event.at, event.client) == (world.clock.now(), STRANGER)

    def test_from_elsewhere_does_not_keep_the_owner_out(
        self, world: World, ada: User, factor: PendingSecondFactor
    ) -> None:
        for _ in range(world.throttle_policy.account.free):
            with pytest.raises(WrongCode):
                world.logged_in(ada, STRANGER, code=WRONG)

        assert lives(world, world.logged_in(ada, LAPTOP, code=world.code(factor)))

    def test_of_a_code_that_was_right_a_moment_ago_is_told_and_does_not_count(
        self, world: World, ada: User, factor: PendingSecondFactor
    ) -> None:
        code = world.code(factor)
        world.logged_in(ada, code=code)

        with pytest.raises(WrongCode, match="has been used"):
            world.logged_in(ada, code=code)
        world.clock.advance(STEP)
        with pytest.raises(WrongCode, match="are over"):
            world.logged_in(ada, code=code)

        assert world.attempts == {}
        told = [event.detail for event in world.events_of(SecurityEventKind.CODE_FAILED)]
        assert told == ["late", "late"]

    def test_gains_nothing_by_logins_from_many_networks_before_there_was_a_second_factor(
        self, world: World, ada: User, grant: TokenGrant, pending: PendingSecondFactor
    ) -> None:
        networks = [replace(STRANGER, ip_address=f"203.0.113.{number}") for number in range(20)]
        for number, client in enumerate(networks):
            planted = world.logged_in(ada, client)
            if number % 2:
                world.logout(planted.access.session_id, client)
        world.clock.advance(STEP)
        confirm(world, grant, world.code(pending))

        refusals = []
        for client in networks:
            with pytest.raises((WrongCode, TooManyCodes)) as refusal:
                world.logged_in(ada, client, code=WRONG)
            refusals.append(type(refusal.value))

        assert refusals.count(WrongCode) == world.throttle_policy.account.free

    def test_is_counted_apart_for_the_networks_that_the_owner_came_from(
        self, world: World, ada: User, factor: PendingSecondFactor
    ) -> None:
        for client in (LAPTOP, STRANGER, replace(STRANGER, ip_address="203.0.113.77")):
            with pytest.raises(WrongCode):
                world.logged_in(ada, client, code=WRONG)

        here, anywhere = code_at_known_address_key(ada.id, LAPTOP.ip_address), code_key(ada.id)
        assert (world.attempts[here], world.attempts[anywhere]) == (1, 2)

    def test_is_forgotten_by_a_right_code_and_by_no_right_password(
        self, world: World, ada: User, factor: PendingSecondFactor
    ) -> None:
        key = code_at_known_address_key(ada.id, LAPTOP.ip_address)
        with pytest.raises(WrongCode):
            world.logged_in(ada, code=WRONG)
        with pytest.raises(CodeRequired):
            world.logged_in(ada)
        assert world.attempts == {key: 1}

        world.logged_in(ada, code=world.code(factor))

        assert world.attempts == {}


class TestWhateverTakesThePassword:
    def test_takes_the_code_as_well(
        self, world: World, ada: User, grant: TokenGrant, factor: PendingSecondFactor
    ) -> None:
        for ask in (
            lambda: change_password(world, grant),
            lambda: world.delete_account(world.proof(grant)),
            lambda: world.reauthenticate(world.proof(grant)),
            lambda: world.remove_second_factor(world.proof(grant)),
            lambda: world.renew_recovery_codes(world.proof(grant)),
        ):
            with pytest.raises(CodeRequired):
                ask()

        assert world.store.users == {ada.id: ada}
        assert world.describe_second_factor(ada.id) is not None

    def test_refuses_a_wrong_code_which_counts(
        self, world: World, ada: User, grant: TokenGrant, factor: PendingSecondFactor
    ) -> None:
        wrong = world.proof(grant, code=WRONG)
        for ask in (
            lambda: change_password(world, grant, WRONG),
            lambda: world.delete_account(wrong),
            lambda: world.reauthenticate(wrong),
            lambda: world.remove_second_factor(wrong),
            lambda: world.renew_recovery_codes(wrong),
        ):
            with pytest.raises(WrongCode):
                ask()

        assert world.attempts == {code_at_known_address_key(ada.id, LAPTOP.ip_address): 5}
        assert world.store.users == {ada.id: ada}

    def test_goes_through_with_the_right_one(
        self, world: World, ada: User, grant: TokenGrant, factor: PendingSecondFactor
    ) -> None:
        again = world.reauthenticate(world.proof(grant, code=world.code(factor)))
        assert world.events_of(SecurityEventKind.LOGGED_IN)[-1].detail == Proof.DEVICE_CODE

        change_password(world, again, factor.recovery_codes[0])

        world.delete_account(world.proof(again, password=NEW, code=factor.recovery_codes[1]))
        assert world.store.users == {}
        assert world.store.second_factors == {}
        assert world.attempts == {}


class TestALostAnswer:
    """To whoever has given password and code again: in the grace period they ask once more."""

    def test_is_given_again_to_the_same_code(
        self, world: World, grant: TokenGrant, factor: PendingSecondFactor
    ) -> None:
        for code in (world.code(factor), factor.recovery_codes[0]):
            lost = world.reauthenticate(world.proof(grant, code=code))

            again = world.reauthenticate(world.proof(grant, code=code))

            assert lives(world, again)
            assert world.attempts == {}
            grant = lost

    def test_is_given_to_no_other_code(
        self, world: World, grant: TokenGrant, factor: PendingSecondFactor
    ) -> None:
        code = factor.recovery_codes[0]
        world.reauthenticate(world.proof(grant, code=code))

        with pytest.raises(CodeRequired):
            world.reauthenticate(world.proof(grant))
        with pytest.raises(WrongCode):
            world.reauthenticate(world.proof(grant, code=WRONG))

    def test_is_given_for_nothing_else(
        self, world: World, ada: User, grant: TokenGrant, factor: PendingSecondFactor
    ) -> None:
        code = world.code(factor)
        again = world.reauthenticate(world.proof(grant, code=code))

        for session, refusal in ((grant, InvalidAccessToken), (again, WrongCode)):
            with pytest.raises(refusal):
                world.delete_account(world.proof(session, code=code))
            with pytest.raises(refusal):
                world.remove_second_factor(world.proof(session, code=code))
        with pytest.raises(WrongCode):
            world.reauthenticate(world.proof(again, code=code))

        assert world.describe_second_factor(ada.id) is not None

    def test_is_given_for_ten_seconds_at_most_however_long_the_grace_period(self) -> None:
        world = World(SessionPolicy(grace=timedelta(hours=1)))
        ada = world.user()
        factor = world.pending_second_factor(ada)
        grant = world.logged_in(ada, code=world.code(factor))
        proof = world.proof(grant, code=factor.recovery_codes[0])
        world.reauthenticate(proof)
        world.clock.advance(timedelta(seconds=10) - MOMENT)
        world.reauthenticate(proof)
        world.clock.advance(MOMENT)

        with pytest.raises(WrongCode):
            world.reauthenticate(proof)

    def test_to_the_first_code_is_given_again(
        self, world: World, grant: TokenGrant, pending: PendingSecondFactor
    ) -> None:
        code = world.code(pending)
        confirm(world, grant, code)

        confirm(world, grant, code)

        assert len(world.events_of(SecurityEventKind.SECOND_FACTOR_ADDED)) == 1

    def test_is_given_no_longer_than_the_grace_period(
        self, world: World, grant: TokenGrant, factor: PendingSecondFactor
    ) -> None:
        proof = world.proof(grant, code=factor.recovery_codes[0])
        world.reauthenticate(proof)
        world.clock.advance(world.policy.grace)

        with pytest.raises(InvalidAccessToken):
            world.reauthenticate(proof)


class TestRemoving:
    def test_lets_the_password_alone_open_the_account_again(
        self, world: World, ada: User, grant: TokenGrant, factor: PendingSecondFactor
    ) -> None:
        phone = world.logged_in(ada, PHONE, code=factor.recovery_codes[0])

        world.remove_second_factor(world.proof(grant, code=world.code(factor)))

        assert world.describe_second_factor(ada.id) is None
        assert (lives(world, grant), lives(world, phone)) == (True, False)
        reason = RevocationReason.SECOND_FACTOR_REMOVED
        assert world.session_of(phone).revocation_reason is reason
        assert lives(world, world.logged_in(ada))

    def test_is_told_with_who_when_and_where(
        self, world: World, ada: User, grant: TokenGrant, factor: PendingSecondFactor
    ) -> None:
        world.remove_second_factor(world.proof(grant, PHONE, code=world.code(factor)))

        [event] = world.events_of(SecurityEventKind.SECOND_FACTOR_REMOVED)
        assert (event.user_id, event.session_id) == (ada.id, grant.access.session_id)
        assert (event.at, event.client) == (world.clock.now(), PHONE)

    def test_does_not_come_from_a_session_that_is_on_its_way_out(
        self, world: World, grant: TokenGrant, factor: PendingSecondFactor
    ) -> None:
        successor = world.reauthenticate(world.proof(grant, code=world.code(factor)))
        world.clock.advance(STEP)

        with pytest.raises(InvalidAccessToken):
            world.remove_second_factor(world.proof(grant, code=world.code(factor)))

        assert lives(world, successor)

    def test_takes_the_password(
        self, world: World, ada: User, grant: TokenGrant, factor: PendingSecondFactor
    ) -> None:
        with pytest.raises(WrongPassword):
            world.remove_second_factor(
                world.proof(grant, password="wrong", code=world.code(factor))
            )

        assert world.describe_second_factor(ada.id) is not None

    def test_of_what_is_not_there_is_refused(self, world: World, grant: TokenGrant) -> None:
        with pytest.raises(NoSecondFactor):
            world.remove_second_factor(world.proof(grant))

    def test_of_a_pending_one_is_refused_for_no_login_asks_for_it(
        self, world: World, ada: User, grant: TokenGrant, pending: PendingSecondFactor
    ) -> None:
        with pytest.raises(NoSecondFactor):
            world.remove_second_factor(world.proof(grant))
        with pytest.raises(NoSecondFactor):
            world.remove_second_factor.by_operator(ada.email)

    def test_by_the_operator_ends_all_sessions(
        self, world: World, ada: User, grant: TokenGrant, factor: PendingSecondFactor
    ) -> None:
        assert world.remove_second_factor.by_operator(ada.email) == ada

        assert not lives(world, grant)
        assert lives(world, world.logged_in(ada))
        [event] = world.events_of(SecurityEventKind.SECOND_FACTOR_REMOVED)
        assert (event.user_id, event.session_id, event.client) == (ada.id, None, OPERATOR)

    def test_by_the_operator_forgives_the_codes_that_were_tried_before(
        self, world: World, ada: User, factor: PendingSecondFactor
    ) -> None:
        for client in (LAPTOP, STRANGER):
            with pytest.raises(WrongCode):
                world.logged_in(ada, client, code=WRONG)

        world.remove_second_factor.by_operator(ada.email)

        assert world.attempts == {}

    def test_by_the_operator_says_what_is_not_there(self, world: World, ada: User) -> None:
        with pytest.raises(NoSecondFactor):
            world.remove_second_factor.by_operator(ada.email)
        with pytest.raises(UserNotFound):
            world.remove_second_factor.by_operator(EmailAddress("nobody@example.org"))


class TestNewRecoveryCodes:
    def test_take_the_place_of_those_before(
        self, world: World, ada: User, grant: TokenGrant, factor: PendingSecondFactor
    ) -> None:
        new = world.renew_recovery_codes(world.proof(grant, code=factor.recovery_codes[0]))

        assert len(set(new) - set(factor.recovery_codes)) == RECOVERY_CODES
        with pytest.raises(WrongCode):
            world.logged_in(ada, code=factor.recovery_codes[1])
        assert lives(world, world.logged_in(ada, code=new[0]))

    def test_are_told_of(
        self, world: World, ada: User, grant: TokenGrant, factor: PendingSecondFactor
    ) -> None:
        world.renew_recovery_codes(world.proof(grant, code=world.code(factor)))

        [event] = world.events_of(SecurityEventKind.RECOVERY_CODES_RENEWED)
        assert (event.user_id, event.session_id) == (ada.id, grant.access.session_id)

    def test_are_refused_where_there_is_no_factor_that_is_active(
        self, world: World, grant: TokenGrant
    ) -> None:
        with pytest.raises(NoSecondFactor):
            world.renew_recovery_codes(world.proof(grant))

    def test_are_refused_for_a_pending_one(
        self, world: World, grant: TokenGrant, pending: PendingSecondFactor
    ) -> None:
        with pytest.raises(NoSecondFactor):
            world.renew_recovery_codes(world.proof(grant))


class TestWhereEachUserMustHaveOne:
    @pytest.fixture
    def world(self) -> World:
        return World(second_factor_is_required=True)

    def test_a_login_without_one_is_refused(self, world: World, ada: User) -> None:
        with pytest.raises(SecondFactorRequired):
            world.logged_in(ada)
        with pytest.raises(SecondFactorRequired):
            world.logged_in(ada, code="123456")

        assert world.store.sessions == {}

    def test_a_pending_one_is_not_enough(
        self, world: World, ada: User, pending: PendingSecondFactor
    ) -> None:
        with pytest.raises(SecondFactorRequired):
            world.logged_in(ada)

    def test_a_first_code_lets_its_user_in(
        self, world: World, ada: User, pending: PendingSecondFactor
    ) -> None:
        grant = world.logged_in(ada, code=world.code(pending))

        assert lives(world, grant)
        assert world.describe_second_factor(ada.id) is not None

    def test_a_recovery_code_does_not_stand_for_a_device_that_never_showed_one(
        self, world: World, ada: User, pending: PendingSecondFactor
    ) -> None:
        with pytest.raises(WrongCode):
            world.logged_in(ada, code=pending.recovery_codes[0])

    def test_one_that_is_removed_is_asked_for_at_the_next_login(
        self, world: World, ada: User, pending: PendingSecondFactor
    ) -> None:
        grant = world.logged_in(ada, code=world.code(pending))
        world.remove_second_factor(world.proof(grant, code=pending.recovery_codes[0]))

        with pytest.raises(SecondFactorRequired):
            world.logged_in(ada)


class TestKeys:
    def test_that_are_pruned_take_no_second_factor_with_them(
        self, world: World, ada: User, factor: PendingSecondFactor
    ) -> None:
        world.one_time_codes.key = 2

        world.prune_keys()

        world.one_time_codes.keys_gone = {1}
        assert lives(world, world.logged_in(ada, code=world.code(factor)))

    def test_that_are_gone_leave_the_recovery_codes(
        self, world: World, ada: User, factor: PendingSecondFactor
    ) -> None:
        world.one_time_codes.keys_gone = {1}

        with pytest.raises(UnreadableSecondFactor):
            world.logged_in(ada, code=world.code(factor))
        assert lives(world, world.logged_in(ada, code=factor.recovery_codes[0]))

    def test_that_are_gone_do_not_keep_others_from_being_pruned(
        self, world: World, bob: User, ada: User, factor: PendingSecondFactor
    ) -> None:
        bobs = world.pending_second_factor(bob)
        world.one_time_codes.key = 3
        later = world.pending_second_factor(bob)
        world.one_time_codes.keys_gone = {1}
        world.one_time_codes.key = 4
        world.rotate_keys()
        world.clock.advance(timedelta(days=30))

        pruned = world.prune_keys()

        assert {key.purpose for key in pruned} == set(KeyPurpose)
        world.one_time_codes.keys_gone = {1, 3}
        assert bobs.seed != later.seed
        assert lives(world, world.logged_in(bob, code=world.code(later)))

    def test_that_are_current_leave_what_they_seal_as_it_is(
        self, world: World, ada: User, factor: PendingSecondFactor
    ) -> None:
        before = world.store.second_factors[ada.id]

        world.prune_keys()

        assert world.store.second_factors[ada.id] is before

    def test_that_are_pruned_while_a_second_factor_is_removed_bring_none_back(
        self, world: World, ada: User, factor: PendingSecondFactor
    ) -> None:
        world.one_time_codes.key = 2
        world.one_time_codes.while_resealing.once(
            lambda: world.remove_second_factor.by_operator(ada.email)
        )

        world.prune_keys()

        assert world.store.second_factors == {}

    def test_are_followed_however_many_there_are(self, world: World) -> None:
        users = [world.user(f"user{number}@example.org") for number in range(501)]
        factors = [world.pending_second_factor(user) for user in users]
        world.one_time_codes.key = 2

        world.prune_keys()

        world.one_time_codes.keys_gone = {1}
        for user, factor in zip(users, factors, strict=True):
            assert lives(world, world.logged_in(user, code=world.code(factor)))


class TestTheExport:
    def test_has_it_and_nothing_that_makes_a_code(
        self, world: World, ada: User, factor: PendingSecondFactor
    ) -> None:
        assert world.export_account(ada.id).second_factor == world.store.second_factors[ada.id]
