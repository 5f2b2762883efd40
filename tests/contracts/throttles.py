"""What every Throttles promises. Bind it as tests.contracts.unit_of_work says."""

from dataclasses import replace
from datetime import timedelta

from application.ports.unit_of_work import UnitOfWork
from domain.throttle import Throttle, ThrottleKey
from tests.contracts.threads import all_at_once
from tests.samples import A_SECOND, NOW, a_throttle

MOMENT = timedelta(microseconds=1)
A_KEY, ANOTHER = ThrottleKey(bytes([1]) * 32), ThrottleKey(bytes([2]) * 32)


def keep(uow: UnitOfWork, *throttles: Throttle) -> None:
    with uow.begin() as tx:
        for throttle in throttles:
            tx.throttles.lock(throttle.key, NOW)
            tx.throttles.save(throttle)
        tx.commit()


def stored(uow: UnitOfWork, key: ThrottleKey = A_KEY) -> Throttle:
    """What is kept of the key; of none long ago if nothing is."""
    with uow.begin() as tx:
        return tx.throttles.lock(key, NOW - 1000 * A_SECOND)


def is_kept(uow: UnitOfWork, key: ThrottleKey = A_KEY) -> bool:
    return stored(uow, key) != Throttle(key, 0, NOW - 1000 * A_SECOND)


class ThrottlesContract:
    def test_a_new_key_begins_without_attempts_now(self, uow: UnitOfWork) -> None:
        with uow.begin() as tx:
            throttle = tx.throttles.lock(A_KEY, NOW)

        assert throttle == Throttle(A_KEY, 0, NOW)

    def test_what_is_saved_is_found_whole(self, uow: UnitOfWork) -> None:
        keep(uow, a_throttle())

        assert stored(uow, a_throttle().key) == a_throttle()

    def test_what_is_saved_again_is_replaced(self, uow: UnitOfWork) -> None:
        keep(uow, Throttle(A_KEY, 1, NOW))

        keep(uow, Throttle(A_KEY, 7, NOW + A_SECOND))

        assert stored(uow) == Throttle(A_KEY, 7, NOW + A_SECOND)

    def test_keys_do_not_mix(self, uow: UnitOfWork) -> None:
        keep(uow, Throttle(A_KEY, 1, NOW), Throttle(ANOTHER, 2, NOW + A_SECOND))

        assert stored(uow, A_KEY) == Throttle(A_KEY, 1, NOW)
        assert stored(uow, ANOTHER) == Throttle(ANOTHER, 2, NOW + A_SECOND)

    def test_a_key_may_be_locked_more_than_once_in_a_transaction(self, uow: UnitOfWork) -> None:
        with uow.begin() as tx:
            tx.throttles.lock(A_KEY, NOW)
            tx.throttles.save(Throttle(A_KEY, 3, NOW))
            again = tx.throttles.lock(A_KEY, NOW + A_SECOND)

        assert again == Throttle(A_KEY, 3, NOW)

    def test_an_attempt_that_is_not_committed_is_forgotten(self, uow: UnitOfWork) -> None:
        keep(uow, Throttle(A_KEY, 1, NOW))

        with uow.begin() as tx:
            tx.throttles.lock(A_KEY, NOW)
            tx.throttles.save(Throttle(A_KEY, 2, NOW + A_SECOND))
            tx.throttles.remove(ANOTHER)

        assert stored(uow) == Throttle(A_KEY, 1, NOW)

    def test_a_key_can_be_removed_alone(self, uow: UnitOfWork) -> None:
        keep(uow, Throttle(A_KEY, 1, NOW), Throttle(ANOTHER, 2, NOW))

        with uow.begin() as tx:
            tx.throttles.remove(A_KEY)
            tx.commit()

        assert not is_kept(uow, A_KEY)
        assert stored(uow, ANOTHER) == Throttle(ANOTHER, 2, NOW)

    def test_removing_what_is_not_there_is_no_error(self, uow: UnitOfWork) -> None:
        with uow.begin() as tx:
            tx.throttles.remove(A_KEY)
            tx.commit()

        assert not is_kept(uow, A_KEY)

    def test_what_is_older_can_be_removed_and_is_counted(self, uow: UnitOfWork) -> None:
        keys = [ThrottleKey(bytes([number]) * 32) for number in range(4)]
        times = [NOW - A_SECOND, NOW - MOMENT, NOW, NOW + MOMENT]
        keep(uow, *(Throttle(key, 1, at) for key, at in zip(keys, times, strict=True)))

        with uow.begin() as tx:
            removed = tx.throttles.remove_older(NOW)
            again = tx.throttles.remove_older(NOW)
            tx.commit()

        assert (removed, again) == (2, 0)
        assert [is_kept(uow, key) for key in keys] == [False, False, True, True]


class ThrottlesRaceContract:
    """What only a store that serves several threads at a time can be asked."""

    def test_a_key_that_is_new_to_all_is_held_until_the_transaction_ends(
        self, uow: UnitOfWork
    ) -> None:
        def count() -> None:
            for _ in range(5):
                with uow.begin() as tx:
                    throttle = tx.throttles.lock(A_KEY, NOW)
                    tx.throttles.save(replace(throttle, attempts=throttle.attempts + 1))
                    tx.commit()

        all_at_once([count] * 6)

        assert stored(uow) == Throttle(A_KEY, 30, NOW)

    def test_a_key_that_is_removed_again_and_again_can_always_be_locked(
        self, uow: UnitOfWork
    ) -> None:
        def count() -> None:
            for _ in range(20):
                with uow.begin() as tx:
                    throttle = tx.throttles.lock(A_KEY, NOW)
                    tx.throttles.save(replace(throttle, attempts=throttle.attempts + 1))
                    tx.commit()

        def forget() -> None:
            for _ in range(20):
                with uow.begin() as tx:
                    tx.throttles.remove(A_KEY)
                    tx.commit()

        all_at_once([count, count, forget, forget])

        assert 0 <= stored(uow).attempts <= 40
