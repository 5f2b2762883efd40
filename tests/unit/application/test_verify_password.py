"""Whoever guesses is slowed down, and the owner is not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from application.ports.password_hasher import HasherBusy
from application.ports.store import StoreUnavailable
from domain.security_event import SecurityEventKind
from domain.session import Client
from domain.throttle import (
    Limit,
    ThrottlePolicy,
    TooManyAttempts,
    account_at_known_address_key,
    account_key,
    network_key,
)
from domain.user import EmailAddress, User
from tests.unit.world import LAPTOP, PASSWORD, PHONE, STRANGER, World

SECOND = timedelta(seconds=1)
NOBODY = EmailAddress("nobody@example.org")
FREE = 5
POLICY = ThrottlePolicy(
    account=Limit(FREE), account_at_known_address=Limit(8), network=Limit(12), signup=Limit(100)
)


@pytest.fixture
def world() -> World:
    return World(throttle_policy=POLICY)


def guess(world: World, user: User, client: Client = STRANGER, password: str = "wrong") -> bool:
    return world.verify_password(user, user.email, password, client)


def guess_for_nobody(world: World, client: Client = STRANGER, email: str = NOBODY) -> bool:
    return world.verify_password(None, EmailAddress(email), PASSWORD, client)


def guess_wrong(world: World, user: User, times: int, client: Client = STRANGER) -> None:
    for _ in range(times):
        assert not guess(world, user, client)


def somewhere(number: int) -> Client:
    return replace(STRANGER, ip_address=f"203.0.113.{number}")


class TestThePassword:
    def test_is_right_or_wrong(self, world: World, ada: User) -> None:
        assert guess(world, ada, password=PASSWORD)
        assert not guess(world, ada, password="wrong")

    def test_is_nobodys_whatever_it_is(self, world: World, ada: User) -> None:
        assert not guess_for_nobody(world)

    def test_is_hashed_once_whosever_it_is_and_whether_right_or_wrong(
        self, world: World, ada: User, bob: User
    ) -> None:
        disabled = replace(bob, disabled_at=world.clock.now())

        guess(world, ada, password=PASSWORD)
        guess(world, ada, password="wrong")
        guess(world, disabled, password=PASSWORD)
        guess_for_nobody(world)

        assert world.hasher.verified == [
            (PASSWORD, ada.password_hash),
            ("wrong", ada.password_hash),
            (PASSWORD, bob.password_hash),
            (PASSWORD, None),
        ]

    def test_of_a_disabled_user_is_wrong_and_counts_as_such(self, world: World, ada: User) -> None:
        disabled = replace(ada, disabled_at=world.clock.now())

        assert not guess(world, disabled, password=PASSWORD)

        assert world.attempts == {account_key(ada.email): 1, network_key(STRANGER.ip_address): 1}


class TestAWrongOne:
    def test_counts_against_the_account_and_the_network(self, world: World, ada: User) -> None:
        guess_wrong(world, ada, 2)

        assert world.attempts == {account_key(ada.email): 2, network_key(STRANGER.ip_address): 2}

    def test_costs_nothing_while_guesses_are_free_and_then_a_growing_wait(
        self, world: World, ada: User
    ) -> None:
        guess_wrong(world, ada, FREE)

        waits = []
        for _ in range(4):
            with pytest.raises(TooManyAttempts) as refused:
                guess(world, ada)
            waits.append(refused.value.retry_after)
            world.clock.advance(refused.value.retry_after)
            guess_wrong(world, ada, 1)

        assert waits == [SECOND, 2 * SECOND, 4 * SECOND, 8 * SECOND]

    def test_is_not_even_verified_when_it_comes_too_early(self, world: World, ada: User) -> None:
        guess_wrong(world, ada, FREE)
        verified, attempts = len(world.hasher.verified), world.attempts

        for password in ("wrong", PASSWORD):
            with pytest.raises(TooManyAttempts):
                guess(world, ada, password=password)

        assert len(world.hasher.verified) == verified
        assert world.attempts == attempts

    def test_counts_against_the_account_wherever_it_comes_from(
        self, world: World, ada: User
    ) -> None:
        for number in range(FREE):
            guess_wrong(world, ada, 1, somewhere(number))

        with pytest.raises(TooManyAttempts):
            guess(world, ada, somewhere(FREE))

    def test_counts_against_no_other_account(self, world: World, ada: User, bob: User) -> None:
        guess_wrong(world, ada, FREE)

        assert guess(world, bob, password=PASSWORD)

    def test_counts_against_the_network_whosever_it_is(
        self, world: World, ada: User, bob: User
    ) -> None:
        for number in range(10):
            assert not guess_for_nobody(world, email=f"{number}@example.org")
        guess_wrong(world, ada, 1)
        guess_wrong(world, bob, 1)

        with pytest.raises(TooManyAttempts):
            guess_for_nobody(world, email="another@example.org")
        assert not guess_for_nobody(world, PHONE, email="another@example.org")

    def test_counts_against_the_household_that_an_ipv6_address_is_of(
        self, world: World, ada: User
    ) -> None:
        one, two = (replace(STRANGER, ip_address=f"2001:db8::{n}") for n in (1, 2))

        guess_wrong(world, ada, 1, one)
        guess_wrong(world, ada, 1, two)

        assert world.attempts == {account_key(ada.email): 2, network_key("2001:db8::3"): 2}

    def test_is_recorded_with_who_when_and_where(self, world: World, ada: User) -> None:
        guess_wrong(world, ada, 1)

        [event] = world.security_events
        assert event.kind is SecurityEventKind.LOGIN_FAILED
        assert (event.user_id, event.session_id, event.client) == (ada.id, None, STRANGER)
        assert event.at == world.clock.now()

    def test_is_not_recorded_when_it_was_not_verified(self, world: World, ada: User) -> None:
        guess_wrong(world, ada, FREE)

        with pytest.raises(TooManyAttempts):
            guess(world, ada)

        assert len(world.security_events) == FREE

    def test_names_nobody_whose_account_was_deleted_meanwhile(
        self, world: World, ada: User
    ) -> None:
        world.hasher.while_hashing.once(lambda: world.remove(ada))

        guess_wrong(world, ada, 1)

        [event] = world.security_events
        assert (event.kind, event.user_id) == (SecurityEventKind.LOGIN_FAILED, None)


class TestAnUnknownAccount:
    def test_is_counted_like_a_known_one(self, world: World, ada: User) -> None:
        for _ in range(FREE):
            assert not guess_for_nobody(world)

        with pytest.raises(TooManyAttempts) as refused:
            guess_for_nobody(world)

        assert refused.value.retry_after == SECOND
        assert world.attempts == {account_key(NOBODY): FREE, network_key(STRANGER.ip_address): FREE}

    def test_is_recorded_as_nobodys(self, world: World) -> None:
        guess_for_nobody(world)

        [event] = world.security_events
        assert (event.kind, event.user_id) == (SecurityEventKind.LOGIN_FAILED, None)
        assert (event.client, event.detail) == (STRANGER, "")


class TestManyAtOnce:
    def test_are_no_more_than_those_that_are_free(self, world: World, ada: User) -> None:
        """Each begins while the one before is being verified."""
        answers: list[str] = []

        def guess_on(left: int) -> Callable[[], None]:
            def at_once() -> None:
                if left:
                    world.hasher.while_hashing.once(guess_on(left - 1))
                try:
                    guess(world, ada)
                    answers.append("verified")
                except TooManyAttempts:
                    answers.append("refused")

            return at_once

        guess_on(9)()

        assert sorted(answers) == ["refused"] + ["verified"] * FREE
        assert len(world.hasher.verified) == FREE


class TestARightOne:
    def test_clears_the_accounts_count(self, world: World, ada: User) -> None:
        guess_wrong(world, ada, FREE - 1)

        assert guess(world, ada, password=PASSWORD)

        assert account_key(ada.email) not in world.attempts
        guess_wrong(world, ada, FREE)

    def test_counts_against_the_network_neither_for_nor_against_it(
        self, world: World, ada: User
    ) -> None:
        guess_wrong(world, ada, 3)

        assert guess(world, ada, password=PASSWORD)

        assert world.attempts == {network_key(STRANGER.ip_address): 3}

    def test_makes_nobody_else_of_its_network_wait_longer(self, world: World, bob: User) -> None:
        for number in range(13):
            assert not guess_for_nobody(world, email=f"{number}@example.org")
            world.clock.advance(2 * SECOND)

        assert guess(world, bob, password=PASSWORD)

        assert not guess_for_nobody(world, email="another@example.org")

    def test_of_ones_own_does_not_let_one_guess_on_and_on(self, world: World, bob: User) -> None:
        for number in range(12):
            guess_for_nobody(world, email=f"{number}@example.org")
            if number < 11:
                assert guess(world, bob, password=PASSWORD)

        with pytest.raises(TooManyAttempts):
            guess_for_nobody(world, email="another@example.org")

    def test_leaves_no_trace_but_none(self, world: World, ada: User) -> None:
        assert guess(world, ada, password=PASSWORD)

        assert world.attempts == {}
        assert world.security_events == []


class TestAKnownAddress:
    @pytest.fixture
    def ada(self, world: World) -> User:
        """Who has once logged in from the laptop, and out again."""
        user = world.user("ada@example.org")
        world.clock.advance(SECOND)
        grant = world.logged_in(user, LAPTOP)
        world.logout(grant.access.session_id, LAPTOP)
        return user

    def test_is_not_affected_by_what_strangers_guess(self, world: World, ada: User) -> None:
        guess_wrong(world, ada, FREE)
        with pytest.raises(TooManyAttempts):
            guess(world, ada, password=PASSWORD)

        assert guess(world, ada, LAPTOP, PASSWORD)

    def test_is_not_affected_by_what_its_network_guesses(self, world: World, ada: User) -> None:
        for number in range(12):
            guess_for_nobody(world, LAPTOP, f"{number}@example.org")
        with pytest.raises(TooManyAttempts):
            guess_for_nobody(world, LAPTOP, "another@example.org")

        assert guess(world, ada, LAPTOP, PASSWORD)

    def test_is_known_by_its_network_since_ipv6_addresses_are_changed_daily(
        self, world: World, ada: User
    ) -> None:
        first, today, next_door = (
            replace(LAPTOP, ip_address=f"2001:db8::{host}") for host in ("1", "2", "1:0:0:0:1")
        )
        world.logged_in(ada, first)

        guess_wrong(world, ada, 2, today)
        guess_wrong(world, ada, 1, next_door)

        at_home = account_at_known_address_key(ada.email, first.ip_address)
        assert world.attempts == {
            at_home: 2,
            account_key(ada.email): 1,
            network_key(next_door.ip_address): 1,
        }

    def test_does_not_use_up_what_is_free_elsewhere(self, world: World, ada: User) -> None:
        guess_wrong(world, ada, 8, LAPTOP)

        assert world.attempts == {account_at_known_address_key(ada.email, LAPTOP.ip_address): 8}
        guess_wrong(world, ada, FREE, PHONE)

    def test_has_a_limit_of_its_own(self, world: World, ada: User) -> None:
        guess_wrong(world, ada, 8, LAPTOP)

        with pytest.raises(TooManyAttempts) as refused:
            guess(world, ada, LAPTOP, PASSWORD)

        assert refused.value.retry_after == SECOND

    def test_is_known_no_more_where_a_password_of_before_was_used_alone(
        self, world: World, ada: User
    ) -> None:
        networks = [replace(STRANGER, ip_address=f"203.0.113.{number}") for number in range(20)]
        for number, client in enumerate(networks):
            planted = world.logged_in(ada, client)
            if number % 2:
                world.logout(planted.access.session_id, client)
        world.clock.advance(SECOND)
        world.changed_password(world.logged_in(ada), "a better password")
        careful = world.store.users[ada.id]

        refused = 0
        for client in networks:
            try:
                guess(world, careful, client, "wrong")
            except TooManyAttempts:
                refused += 1

        assert refused == len(networks) - FREE
        guess_wrong(world, careful, 8, LAPTOP)

    def test_is_known_for_its_owner_alone(self, world: World, ada: User, bob: User) -> None:
        guess_wrong(world, bob, 1, LAPTOP)

        assert world.attempts == {account_key(bob.email): 1, network_key(LAPTOP.ip_address): 1}

    def test_forgets_with_a_right_password_its_own_count_alone(
        self, world: World, ada: User
    ) -> None:
        guess_wrong(world, ada, 2, STRANGER)
        guess_wrong(world, ada, 2, LAPTOP)

        assert guess(world, ada, LAPTOP, PASSWORD)

        assert world.attempts == {account_key(ada.email): 2, network_key(STRANGER.ip_address): 2}


class TestABusyHasher:
    def test_takes_back_what_was_counted(self, world: World, ada: User) -> None:
        guess_wrong(world, ada, 2)
        before = world.attempts
        world.hasher.is_busy = True

        for _ in range(20):
            with pytest.raises(HasherBusy):
                guess(world, ada)

        assert world.attempts == before
        assert len(world.security_events) == 2

    def test_takes_back_what_was_counted_at_a_known_address(self, world: World, ada: User) -> None:
        world.logged_in(ada, LAPTOP)
        world.hasher.is_busy = True

        with pytest.raises(HasherBusy):
            guess(world, ada, LAPTOP)

        assert world.attempts == {}


def test_nothing_is_verified_that_cannot_be_counted(world: World, ada: User) -> None:
    world.uow.is_available = False

    with pytest.raises(StoreUnavailable):
        guess_for_nobody(world)

    assert world.hasher.verified == []


def test_what_is_counted_is_forgotten_after_a_day(world: World, ada: User) -> None:
    guess_wrong(world, ada, FREE)
    world.clock.advance(timedelta(days=1))

    guess_wrong(world, ada, FREE)

    assert world.attempts[account_key(ada.email)] == FREE
