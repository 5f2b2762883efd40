from datetime import UTC, datetime, timedelta

import pytest

from domain.second_factor import Proof, RecoveryCode, SecondFactor, WrongCode
from tests.authenticator_app import code_of, shown_at
from tests.samples import ADA, a_user

SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
BEGIN_OF_A_STEP = datetime(2031, 2, 3, 4, 5, 30, tzinfo=UTC)
STEP = timedelta(seconds=30)
MOMENT = timedelta(microseconds=1)
RECOVERY_CODES = [RecoveryCode(f"AAAAAAA-BBBBBBB-CCCCCCC-000000{number}") for number in range(3)]


@pytest.fixture
def pending() -> SecondFactor:
    return SecondFactor.begin(ADA, b"sealed", RECOVERY_CODES, BEGIN_OF_A_STEP - STEP)


@pytest.fixture
def active(pending: SecondFactor) -> SecondFactor:
    """Confirmed by a code of the step before."""
    return present(pending, shown_at(SEED, BEGIN_OF_A_STEP - STEP), BEGIN_OF_A_STEP - STEP)


def present(factor: SecondFactor, code: str, now: datetime = BEGIN_OF_A_STEP) -> SecondFactor:
    return factor.present(code, now, lambda step: code_of(SEED, step))


def refusal(factor: SecondFactor, code: str, now: datetime = BEGIN_OF_A_STEP) -> str:
    with pytest.raises(WrongCode) as refused:
        present(factor, code, now)
    return str(refused.value)


class TestTheApp:
    """The test's own, held to the RFC, so that it can hold ours to it."""

    @pytest.mark.parametrize(
        ("seconds", "code"),
        [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
    )
    def test_shows_what_the_rfc_says(self, seconds: int, code: str) -> None:
        # RFC 6238, appendix B, of whose eight digits an app shows the last six.
        assert shown_at(SEED, datetime.fromtimestamp(seconds, UTC)) == code


class TestADevicesCode:
    @pytest.mark.parametrize("after", [timedelta(0), STEP - MOMENT])
    def test_is_accepted_for_its_thirty_seconds(
        self, active: SecondFactor, after: timedelta
    ) -> None:
        present(active, shown_at(SEED, BEGIN_OF_A_STEP), BEGIN_OF_A_STEP + after)

    def test_is_over_after_that_and_this_is_told(self, active: SecondFactor) -> None:
        code = shown_at(SEED, BEGIN_OF_A_STEP)

        assert "30 seconds are over" in refusal(active, code, BEGIN_OF_A_STEP + STEP)
        assert "30 seconds are over" in refusal(active, code, BEGIN_OF_A_STEP + 2 * STEP - MOMENT)

    def test_of_longer_ago_is_simply_wrong(self, active: SecondFactor) -> None:
        code = shown_at(SEED, BEGIN_OF_A_STEP)

        assert refusal(active, code, BEGIN_OF_A_STEP + 2 * STEP) == WrongCode.sentence

    def test_of_the_future_is_wrong_and_nobody_learns_that_it_will_be_right(
        self, active: SecondFactor
    ) -> None:
        code = shown_at(SEED, BEGIN_OF_A_STEP + STEP)

        assert refusal(active, code) == WrongCode.sentence

    def test_works_once(self, active: SecondFactor) -> None:
        code = shown_at(SEED, BEGIN_OF_A_STEP)
        used = present(active, code)

        assert "has been used" in refusal(used, code, BEGIN_OF_A_STEP + STEP - MOMENT)
        present(used, shown_at(SEED, BEGIN_OF_A_STEP + STEP), BEGIN_OF_A_STEP + STEP)

    def test_is_used_up_though_the_clock_goes_back(self, active: SecondFactor) -> None:
        used = present(active, shown_at(SEED, BEGIN_OF_A_STEP))

        said = refusal(used, shown_at(SEED, BEGIN_OF_A_STEP - STEP), BEGIN_OF_A_STEP - MOMENT)

        assert "clock has been set back" in said

    @pytest.mark.parametrize("spell", ["{} ", " {}", "\t{}\n"])
    def test_may_have_space_around_it(self, active: SecondFactor, spell: str) -> None:
        present(active, spell.format(shown_at(SEED, BEGIN_OF_A_STEP)))

    def test_may_be_written_in_groups(self, active: SecondFactor) -> None:
        code = shown_at(SEED, BEGIN_OF_A_STEP)

        present(active, f"{code[:3]} {code[3:]}")

    @pytest.mark.parametrize(
        "code",
        ["", "12345", "1234567", "\uff11" * 6, "12345\ud800", "abcdef"],
    )
    def test_has_six_digits(self, active: SecondFactor, code: str) -> None:
        assert refusal(active, code) == WrongCode.sentence


class TestAPendingFactor:
    def test_is_active_from_a_devices_first_code_on(self, pending: SecondFactor) -> None:
        confirmed = present(pending, shown_at(SEED, BEGIN_OF_A_STEP))

        assert not pending.is_active
        assert confirmed.is_active
        assert confirmed.confirmed_at == BEGIN_OF_A_STEP

    def test_awaits_its_first_code_until_that_has_come(
        self, pending: SecondFactor, active: SecondFactor
    ) -> None:
        user = a_user(created_at=pending.begun_at)

        assert pending.awaits_first_code(user, BEGIN_OF_A_STEP)
        assert not active.awaits_first_code(user, BEGIN_OF_A_STEP)

    def test_is_not_confirmed_by_a_recovery_code_which_proves_no_device(
        self, pending: SecondFactor
    ) -> None:
        assert refusal(pending, RECOVERY_CODES[0]) == WrongCode.sentence

    def test_keeps_the_time_of_its_first_code(self, active: SecondFactor) -> None:
        used = present(active, shown_at(SEED, BEGIN_OF_A_STEP))

        assert used.confirmed_at == active.confirmed_at == BEGIN_OF_A_STEP - STEP


class TestARecoveryCode:
    def test_works_once_and_leaves_the_others(self, active: SecondFactor) -> None:
        first, *others = RECOVERY_CODES

        used = present(active, first)

        assert "works once" in refusal(used, first)
        for other in others:
            used = present(used, other)
        assert used.recovery_hashes == ()

    def test_uses_up_no_code_of_the_device(self, active: SecondFactor) -> None:
        used = present(active, RECOVERY_CODES[0])

        present(used, shown_at(SEED, BEGIN_OF_A_STEP))

    @pytest.mark.parametrize(
        "spelled", ["aaaaaaabbbbbbbccccccc0000001", " AAAAAAA BBBBBBB CCCCCCC 0000001 "]
    )
    def test_may_be_typed_as_people_do(self, active: SecondFactor, spelled: str) -> None:
        present(active, spelled)

    def test_is_kept_as_a_hash_alone(self, pending: SecondFactor) -> None:
        assert all(code not in repr(pending) for code in RECOVERY_CODES)
        assert {len(one) for one in pending.recovery_hashes} == {32}

    def test_is_void_once_there_are_new_ones(self, active: SecondFactor) -> None:
        new = RecoveryCode("DDDDDDD-DDDDDDD-DDDDDDD-DDDDDDD")

        renewed = active.renew_recovery_codes([new])

        assert "works once" in refusal(renewed, RECOVERY_CODES[0])
        present(renewed, new)


class TestTheLastCode:
    def test_is_known_again_however_it_is_spelled(self, active: SecondFactor) -> None:
        code = shown_at(SEED, BEGIN_OF_A_STEP)
        used = present(active, code)

        assert used.was_just_used(f" {code[:3]} {code[3:]} ", BEGIN_OF_A_STEP)
        assert not used.was_just_used(shown_at(SEED, BEGIN_OF_A_STEP - STEP), BEGIN_OF_A_STEP)
        assert not used.was_just_used("", BEGIN_OF_A_STEP)

    def test_may_be_a_recovery_code(self, active: SecondFactor) -> None:
        used = present(active, RECOVERY_CODES[0])

        assert used.was_just_used(RECOVERY_CODES[0].lower(), BEGIN_OF_A_STEP)
        assert not used.was_just_used(RECOVERY_CODES[1], BEGIN_OF_A_STEP)

    def test_is_known_for_ten_seconds(self, active: SecondFactor) -> None:
        used = present(active, RECOVERY_CODES[0])
        ten_seconds = BEGIN_OF_A_STEP + timedelta(seconds=10)

        assert used.was_just_used(RECOVERY_CODES[0], ten_seconds - MOMENT)
        assert not used.was_just_used(RECOVERY_CODES[0], ten_seconds)

    def test_is_none_of_a_factor_that_was_never_used(self, pending: SecondFactor) -> None:
        assert not pending.was_just_used("", BEGIN_OF_A_STEP)


class TestWhatACodeProves:
    @pytest.mark.parametrize("code", ["123456", " 123 456 ", "123-456"])
    def test_is_a_device_where_it_has_six_digits(self, code: str) -> None:
        assert Proof.by(code) is Proof.DEVICE_CODE

    @pytest.mark.parametrize("code", ["", "12345", "1234567", *RECOVERY_CODES])
    def test_is_else_that_its_giver_kept_the_recovery_codes(self, code: str) -> None:
        assert Proof.by(code) is Proof.RECOVERY_CODE
