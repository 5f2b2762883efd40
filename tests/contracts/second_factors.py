"""What every SecondFactors promises. Bind it as tests.contracts.unit_of_work says."""

from datetime import timedelta

import pytest

from application.ports.unit_of_work import UnitOfWork
from domain.second_factor import SecondFactor
from domain.user import UserId
from tests.samples import ADA, BOB, NOBODY, NOW, a_second_factor, a_user, bob


def keep(uow: UnitOfWork, *factors: SecondFactor) -> None:
    with uow.begin() as tx:
        for factor in factors:
            tx.users.lock(factor.user_id)
            tx.second_factors.put(factor)
        tx.commit()


def stored(uow: UnitOfWork, user_id: UserId) -> SecondFactor | None:
    with uow.read() as tx:
        return tx.second_factors.of_user(user_id)


class SecondFactorsContract:
    @pytest.fixture(autouse=True)
    def _ada_and_bob(self, uow: UnitOfWork) -> None:
        with uow.begin() as tx:
            tx.users.add(a_user())
            tx.users.add(bob())
            tx.commit()

    @pytest.fixture
    def adas(self) -> SecondFactor:
        return a_second_factor()

    @pytest.fixture
    def bobs(self) -> SecondFactor:
        return SecondFactor.begin(BOB, b"sealed", (), NOW)

    def test_each_is_its_users(
        self, uow: UnitOfWork, adas: SecondFactor, bobs: SecondFactor
    ) -> None:
        keep(uow, adas, bobs)

        assert stored(uow, ADA) == adas
        assert stored(uow, BOB) == bobs
        assert stored(uow, NOBODY) is None

    def test_a_newer_one_takes_the_place_of_the_users_own_alone(
        self, uow: UnitOfWork, adas: SecondFactor, bobs: SecondFactor
    ) -> None:
        newer = a_second_factor(sealed_seed=b"newer", recovery_hashes=(), confirmed_at=None)
        keep(uow, adas, bobs)

        keep(uow, newer)

        assert stored(uow, ADA) == newer
        assert stored(uow, BOB) == bobs

    def test_one_is_removed_by_its_user(
        self, uow: UnitOfWork, adas: SecondFactor, bobs: SecondFactor
    ) -> None:
        keep(uow, adas, bobs)

        with uow.begin() as tx:
            tx.users.lock(ADA)
            tx.second_factors.remove(ADA)
            tx.second_factors.remove(ADA)
            tx.commit()

        assert stored(uow, ADA) is None
        assert stored(uow, BOB) == bobs

    def test_one_goes_with_its_user(
        self, uow: UnitOfWork, adas: SecondFactor, bobs: SecondFactor
    ) -> None:
        keep(uow, adas, bobs)

        with uow.begin() as tx:
            tx.users.lock(ADA)
            tx.task_lists.touch(ADA)
            tx.users.remove(ADA)
            tx.commit()

        assert stored(uow, ADA) is None
        assert stored(uow, BOB) == bobs

    def test_what_is_not_committed_is_forgotten(
        self, uow: UnitOfWork, adas: SecondFactor, bobs: SecondFactor
    ) -> None:
        keep(uow, adas)

        with uow.begin() as tx:
            tx.users.lock(ADA)
            tx.users.lock(BOB)
            tx.second_factors.remove(ADA)
            tx.second_factors.put(bobs)

        assert stored(uow, ADA) == adas
        assert stored(uow, BOB) is None

    def test_those_that_nobody_confirms_can_be_removed_and_are_counted(
        self, uow: UnitOfWork, adas: SecondFactor, bobs: SecondFactor
    ) -> None:
        keep(uow, adas, bobs)

        with uow.begin() as tx:
            kept = tx.second_factors.remove_pending(bobs.begun_at)
            removed = tx.second_factors.remove_pending(bobs.begun_at + timedelta(microseconds=1))
            tx.commit()

        assert (kept, removed) == (0, 1)
        assert stored(uow, ADA) == adas
        assert stored(uow, BOB) is None

    def test_a_page_of_all_goes_by_user_and_begins_after_one(
        self, uow: UnitOfWork, adas: SecondFactor, bobs: SecondFactor
    ) -> None:
        keep(uow, adas, bobs)

        with uow.read() as tx:
            assert list(tx.second_factors.page(UserId(0), 2)) == [bobs, adas]
            assert list(tx.second_factors.page(UserId(0), 1)) == [bobs]
            assert list(tx.second_factors.page(BOB, 2)) == [adas]
            assert list(tx.second_factors.page(ADA, 2)) == []
