"""What every PasswordResets promises. Bind it as tests.contracts.unit_of_work says."""

from datetime import timedelta

import pytest

from application.ports.unit_of_work import UnitOfWork
from domain.password_reset import PasswordReset
from tests.samples import A_SECOND, ADA, BOB, NOW, a_password_reset, a_user, bob

MOMENT = timedelta(microseconds=1)
BOBS_HASH, NEWER_HASH, UNKNOWN_HASH = (bytes([number]) * 32 for number in (1, 2, 3))


def keep(uow: UnitOfWork, *resets: PasswordReset) -> None:
    with uow.begin() as tx:
        for reset in resets:
            tx.users.lock(reset.user_id)
            tx.password_resets.put(reset)
        tx.commit()


def stored(uow: UnitOfWork, token_hash: bytes) -> PasswordReset | None:
    with uow.read() as tx:
        return tx.password_resets.by_token_hash(token_hash)


class PasswordResetsContract:
    @pytest.fixture(autouse=True)
    def _ada_and_bob(self, uow: UnitOfWork) -> None:
        with uow.begin() as tx:
            tx.users.add(a_user())
            tx.users.add(bob())
            tx.commit()

    @pytest.fixture
    def adas(self) -> PasswordReset:
        return a_password_reset()

    @pytest.fixture
    def bobs(self) -> PasswordReset:
        return PasswordReset(BOB, BOBS_HASH, NOW + 5 * A_SECOND)

    def test_each_is_found_by_its_own_hash_alone(
        self, uow: UnitOfWork, adas: PasswordReset, bobs: PasswordReset
    ) -> None:
        keep(uow, adas, bobs)

        assert stored(uow, adas.token_hash) == adas
        assert stored(uow, bobs.token_hash) == bobs
        assert stored(uow, UNKNOWN_HASH) is None

    def test_a_newer_one_takes_the_place_of_the_users_own_alone(
        self, uow: UnitOfWork, adas: PasswordReset, bobs: PasswordReset
    ) -> None:
        newer = PasswordReset(ADA, NEWER_HASH, NOW + 9 * A_SECOND)
        keep(uow, adas, bobs)

        keep(uow, newer)

        assert stored(uow, adas.token_hash) is None
        assert stored(uow, NEWER_HASH) == newer
        assert stored(uow, bobs.token_hash) == bobs

    def test_one_is_removed_by_its_user(
        self, uow: UnitOfWork, adas: PasswordReset, bobs: PasswordReset
    ) -> None:
        keep(uow, adas, bobs)

        with uow.begin() as tx:
            tx.users.lock(ADA)
            tx.password_resets.remove(ADA)
            tx.password_resets.remove(ADA)
            tx.commit()

        assert stored(uow, adas.token_hash) is None
        assert stored(uow, bobs.token_hash) == bobs

    def test_one_goes_with_its_user(
        self, uow: UnitOfWork, adas: PasswordReset, bobs: PasswordReset
    ) -> None:
        keep(uow, adas, bobs)

        with uow.begin() as tx:
            tx.users.lock(ADA)
            tx.task_lists.touch(ADA)
            tx.users.remove(ADA)
            tx.commit()

        assert stored(uow, adas.token_hash) is None
        assert stored(uow, bobs.token_hash) == bobs

    def test_what_is_not_committed_is_forgotten(
        self, uow: UnitOfWork, adas: PasswordReset, bobs: PasswordReset
    ) -> None:
        keep(uow, adas)

        with uow.begin() as tx:
            tx.users.lock(ADA)
            tx.users.lock(BOB)
            tx.password_resets.remove(ADA)
            tx.password_resets.put(bobs)

        assert stored(uow, adas.token_hash) == adas
        assert stored(uow, bobs.token_hash) is None

    @pytest.mark.parametrize(
        ("after", "is_kept"), [(-MOMENT, True), (timedelta(0), False), (MOMENT, False)]
    )
    def test_those_that_have_expired_can_be_removed_and_are_counted(
        self,
        uow: UnitOfWork,
        adas: PasswordReset,
        bobs: PasswordReset,
        after: timedelta,
        is_kept: bool,
    ) -> None:
        keep(uow, adas, bobs)

        with uow.begin() as tx:
            removed = tx.password_resets.remove_expired(adas.expires_at + after)
            tx.commit()

        assert removed == (0 if is_kept else 1)
        assert stored(uow, adas.token_hash) == (adas if is_kept else None)
        assert stored(uow, bobs.token_hash) == bobs
