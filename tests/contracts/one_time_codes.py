"""What every OneTimeCodes promises.

Bind the suite by a subclass with the fixtures ``one_time_codes`` and ``strangers``: the latter is
of somebody who has other keys.
"""

import re

import pytest

from application.ports.one_time_codes import OneTimeCodes
from domain.second_factor import UnreadableSecondFactor
from tests.authenticator_app import code_of
from tests.samples import ADA, BOB, NOW

STEPS = (0, 1, 59854247, 2**40)


class OneTimeCodesContract:
    def test_codes_are_those_of_an_authenticator_app_with_the_seed(
        self, one_time_codes: OneTimeCodes
    ) -> None:
        sealed = one_time_codes.new_seed(ADA, NOW)
        seed = one_time_codes.reveal(ADA, sealed)

        codes = [one_time_codes.code(ADA, sealed, step) for step in STEPS]

        assert codes == [code_of(seed, step) for step in STEPS]
        assert all(re.fullmatch("[0-9]{6}", code) for code in codes)

    def test_a_seed_has_160_bits_and_is_another_each_time(
        self, one_time_codes: OneTimeCodes
    ) -> None:
        seeds = {one_time_codes.reveal(ADA, one_time_codes.new_seed(ADA, NOW)) for _ in range(100)}

        assert len(seeds) == 100
        assert all(re.fullmatch("[A-Z2-7]{32}", seed) for seed in seeds)

    def test_a_seed_is_sealed_for_its_user(self, one_time_codes: OneTimeCodes) -> None:
        sealed = one_time_codes.new_seed(ADA, NOW)

        with pytest.raises(UnreadableSecondFactor):
            one_time_codes.code(BOB, sealed, 0)

    def test_nobody_else_can_open_it(
        self, one_time_codes: OneTimeCodes, strangers: OneTimeCodes
    ) -> None:
        sealed = one_time_codes.new_seed(ADA, NOW)

        with pytest.raises(UnreadableSecondFactor):
            strangers.reveal(ADA, sealed)

    def test_sealed_anew_it_is_the_same_seed(self, one_time_codes: OneTimeCodes) -> None:
        sealed = one_time_codes.new_seed(ADA, NOW)

        anew = one_time_codes.reseal(ADA, sealed, NOW)

        assert one_time_codes.reveal(ADA, anew) == one_time_codes.reveal(ADA, sealed)
