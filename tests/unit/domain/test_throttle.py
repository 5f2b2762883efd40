"""Who guesses waits ever longer, and nobody waits for another's refused attempts."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import TooManyRequests
from domain.throttle import (
    Limit,
    Throttle,
    ThrottleKey,
    ThrottlePolicy,
    TooManyAttempts,
    TooManySignups,
    account_at_known_address_key,
    account_key,
    network_key,
    network_of,
    password_reset_key,
    signup_key,
)
from domain.user import EmailAddress
from tests.samples import NOW

SECOND = timedelta(seconds=1)
MOMENT = timedelta(microseconds=1)
KEY = ThrottleKey(bytes(32))
LIMIT = Limit(
    free=3,
    first_wait=SECOND,
    longest_wait=timedelta(seconds=10),
    forget_after=timedelta(hours=1),
)

ADA, BOB = EmailAddress("ada@example.org"), EmailAddress("bob@example.org")


def after(attempts: int) -> Throttle:
    return Throttle(KEY, attempts, NOW)


def attempt(throttle: Throttle, now: datetime = NOW) -> Throttle:
    return throttle.attempt(now, LIMIT, TooManyAttempts)


def refusal(throttle: Throttle, now: datetime = NOW) -> TooManyRequests:
    with pytest.raises(TooManyAttempts) as refused:
        attempt(throttle, now)
    return refused.value


def test_the_policy_is_what_is_documented_unless_it_is_set() -> None:
    quarter, day = timedelta(minutes=15), timedelta(days=1)

    policy = ThrottlePolicy()

    assert policy.account == Limit(5, SECOND, quarter, day)
    assert policy.account_at_known_address == Limit(50, SECOND, quarter, day)
    assert policy.network == Limit(50, SECOND, quarter, day)
    assert policy.signup == Limit(1000, timedelta(minutes=1), quarter, timedelta(hours=1))


class TestLimit:
    def test_costs_nothing_for_the_free_attempts(self) -> None:
        assert [LIMIT.wait_after(attempts) for attempts in (0, 1, 2)] == [timedelta(0)] * 3

    def test_doubles_the_wait_with_each_attempt_from_then_on_up_to_the_longest(self) -> None:
        waits = [LIMIT.wait_after(attempts) / SECOND for attempts in range(3, 10)]

        assert waits == [1, 2, 4, 8, 10, 10, 10]

    @pytest.mark.parametrize("attempts", [64, 10_000, 2**53])
    def test_never_overflows(self, attempts: int) -> None:
        assert LIMIT.wait_after(attempts) == timedelta(seconds=10)

    def test_reaches_a_quarter_of_an_hour_after_ten_doublings_of_a_second(self) -> None:
        limit = Limit(free=5)

        assert limit.wait_after(5 + 9) == timedelta(seconds=512)
        assert limit.wait_after(5 + 10) == timedelta(minutes=15)


class TestAttempt:
    def test_is_counted_with_its_time(self) -> None:
        throttle = attempt(after(0), NOW + SECOND)

        assert throttle == Throttle(KEY, 1, NOW + SECOND)

    def test_needs_no_wait_while_attempts_are_free(self) -> None:
        throttle = after(0)

        for _ in range(3):
            throttle = attempt(throttle)

        assert throttle.attempts == 3

    def test_needs_no_wait_when_one_begun_later_was_counted_first(self) -> None:
        throttle = attempt(after(0), NOW + MOMENT)

        assert attempt(throttle, NOW).attempts == 2

    def test_comes_too_early_after_the_free_ones(self) -> None:
        refused = refusal(after(3))

        assert refused.retry_after == SECOND

    def test_is_refused_by_the_name_that_the_caller_gives(self) -> None:
        with pytest.raises(TooManySignups):
            after(3).attempt(NOW, LIMIT, TooManySignups)

    def test_is_told_how_much_of_the_wait_is_left(self) -> None:
        refused = refusal(after(6), NOW + 3 * SECOND)

        assert refused.retry_after == 5 * SECOND

    def test_is_refused_until_a_moment_before_the_wait_is_over(self) -> None:
        refused = refusal(after(3), NOW + SECOND - MOMENT)

        assert refused.retry_after == MOMENT

    def test_is_taken_exactly_when_the_wait_is_over(self) -> None:
        throttle = attempt(after(3), NOW + SECOND)

        assert throttle == Throttle(KEY, 4, NOW + SECOND)

    def test_that_is_refused_prolongs_no_wait(self) -> None:
        throttle = after(6)
        for tick in range(8):
            refusal(throttle, NOW + tick * SECOND)

        assert attempt(throttle, NOW + 8 * SECOND).attempts == 7

    def test_waits_at_most_the_longest_wait_however_many_there_were(self) -> None:
        assert refusal(after(1_000_000)).retry_after == timedelta(seconds=10)
        assert attempt(after(1_000_000), NOW + timedelta(seconds=10)).attempts == 1_000_001

    def test_by_a_clock_that_was_ahead_keeps_nobody_waiting_for_its_time(self) -> None:
        throttle = after(6)
        was_ahead = LIMIT.longest_wait + MOMENT

        right_again = attempt(throttle, NOW - was_ahead)

        assert right_again == Throttle(KEY, 7, NOW - was_ahead)
        assert refusal(right_again, NOW - was_ahead).retry_after <= LIMIT.longest_wait

    def test_is_not_forgotten_until_a_moment_before_its_time(self) -> None:
        throttle = attempt(after(8), NOW + LIMIT.forget_after - MOMENT)

        assert throttle.attempts == 9

    def test_begins_anew_exactly_when_all_is_forgotten(self) -> None:
        throttle = attempt(after(8), NOW + LIMIT.forget_after)

        assert throttle == Throttle(KEY, 1, NOW + LIMIT.forget_after)

    def test_is_remembered_from_the_last_one_on(self) -> None:
        nearly = LIMIT.forget_after - SECOND

        throttle = attempt(attempt(after(3), NOW + nearly), NOW + 2 * nearly)

        assert throttle.attempts == 5


class TestTakeBack:
    def test_undoes_one_attempt_and_its_wait(self) -> None:
        before = after(6)
        counted = attempt(before, NOW + 8 * SECOND)

        undone = counted.take_back(before, counted)

        assert undone == before

    def test_leaves_the_wait_of_those_who_have_attempted_since(self) -> None:
        before = after(2)
        counted = attempt(before, NOW + SECOND)
        later = attempt(counted, NOW + 2 * SECOND)

        undone = later.take_back(before, counted)

        assert undone == Throttle(KEY, 3, NOW + 2 * SECOND)

    def test_of_none_is_none(self) -> None:
        forgotten = after(0)

        assert forgotten.take_back(after(6), attempt(after(2))) == forgotten


class TestKeys:
    def test_are_all_different(self) -> None:
        address, other = "192.0.2.1", "192.0.2.2"
        keys = [
            account_key(ADA),
            account_key(BOB),
            account_key(EmailAddress(address)),
            account_at_known_address_key(ADA, address),
            account_at_known_address_key(ADA, other),
            account_at_known_address_key(BOB, address),
            network_key(address),
            network_key(other),
            signup_key(address),
            signup_key(other),
            password_reset_key(address),
            password_reset_key(other),
        ]

        assert len(set(keys)) == len(keys)

    def test_are_the_same_each_time(self) -> None:
        assert account_key(ADA) == account_key(EmailAddress("ada" + "@example.org"))

    def test_are_as_long_whatever_is_typed_and_never_tell_it(self) -> None:
        for typed in ("", "p4ssw0rd", ADA, "x" * 10_000, "\x00", "\U0001f511"):
            key = account_key(EmailAddress(typed))
            known = account_at_known_address_key(EmailAddress(typed), typed)

            assert (len(key), len(known)) == (32, 32)
            assert not typed or typed.encode() not in key + known

    def test_of_networks_are_those_of_a_household(self) -> None:
        one, two, next_door = "2001:db8::1", "2001:db8::ffff:2", "2001:db8:0:1::1"

        assert network_key(one) == network_key(two) != network_key(next_door)
        assert signup_key(one) == signup_key(two) != signup_key(next_door)
        assert password_reset_key(one) == password_reset_key(two) != password_reset_key(next_door)
        at_home = account_at_known_address_key(ADA, one)
        assert at_home == account_at_known_address_key(ADA, two)
        assert at_home != account_at_known_address_key(ADA, next_door)


class TestLimitsFor:
    POLICY = ThrottlePolicy(Limit(1), Limit(2), Limit(3))

    def test_a_guess_from_a_network_of_the_owner_counts_there_alone(self) -> None:
        limits = self.POLICY.limits_for(ADA, "192.0.2.1", is_known=True)

        assert limits == {account_at_known_address_key(ADA, "192.0.2.1"): Limit(2)}

    def test_any_other_counts_for_the_account_and_for_the_network(self) -> None:
        limits = self.POLICY.limits_for(ADA, "192.0.2.1", is_known=False)

        assert limits == {account_key(ADA): Limit(1), network_key("192.0.2.1"): Limit(3)}


class TestNetwork:
    @pytest.mark.parametrize(
        ("address", "network"),
        [
            ("192.0.2.1", "192.0.2.1"),
            ("2001:db8::1", "2001:db8::/64"),
            ("2001:DB8:0:0:ffff:ffff:ffff:ffff", "2001:db8::/64"),
            ("2001:db8:0:1::1", "2001:db8:0:1::/64"),
            ("::1", "::/64"),
            ("fe80::1%eth0", "fe80::/64"),
        ],
    )
    def test_is_the_address_or_of_ipv6_its_64_bits(self, address: str, network: str) -> None:
        assert network_of(address) == network

    def test_of_an_ipv4_address_written_as_ipv6_is_that_address(self) -> None:
        assert network_of("::ffff:192.0.2.1") == network_of("192.0.2.1")
        assert network_of("::ffff:192.0.2.1") != network_of("::ffff:192.0.2.2")

    @pytest.mark.parametrize("address", ["", "a socket", "192.0.2", "\x00", "2001:db8::/64"])
    def test_of_what_is_no_address_is_that_itself(self, address: str) -> None:
        assert network_of(address) == address

    @settings(derandomize=True, database=None, deadline=None, max_examples=30)
    @given(st.ip_addresses())
    def test_of_a_network_of_any_address_there_is_one(self, address: object) -> None:
        assert network_of(str(address))
