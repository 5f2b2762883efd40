"""What every TaskLists promises. Bind it as tests.contracts.unit_of_work says."""

from itertools import chain

import pytest

from application.ports.unit_of_work import UnitOfWork
from domain.task import TaskNumber
from domain.user import UserGone, UserId
from tests.contracts.threads import all_at_once, elsewhere
from tests.samples import ADA, BOB, NOBODY, a_task, a_user, bob


def take(uow: UnitOfWork, user_id: UserId = ADA) -> TaskNumber:
    with uow.begin() as tx:
        number = tx.task_lists.take_number(user_id)
        tx.commit()
    return number


def revision(uow: UnitOfWork, user_id: UserId = ADA) -> int:
    with uow.read() as tx:
        return tx.task_lists.revision(user_id)


class TaskListsContract:
    @pytest.fixture(autouse=True)
    def _users(self, uow: UnitOfWork) -> None:
        with uow.begin() as tx:
            tx.users.add(a_user())
            tx.users.add(bob())
            tx.commit()

    def test_numbers_count_from_one_within_a_user(self, uow: UnitOfWork) -> None:
        assert [take(uow, ADA), take(uow, ADA), take(uow, BOB), take(uow, ADA)] == [1, 2, 1, 3]

    def test_numbers_count_within_a_transaction(self, uow: UnitOfWork) -> None:
        with uow.begin() as tx:
            numbers = [tx.task_lists.take_number(ADA) for _ in range(3)]

        assert numbers == [1, 2, 3]

    def test_the_number_of_a_removed_task_is_never_given_again(self, uow: UnitOfWork) -> None:
        number = take(uow)
        with uow.begin() as tx:
            tx.task_lists.touch(ADA)
            tx.tasks.add(a_task(number=number))
            tx.tasks.remove(ADA, number)
            tx.commit()

        assert take(uow) == number + 1

    def test_a_list_that_was_only_touched_still_begins_at_one(self, uow: UnitOfWork) -> None:
        with uow.begin() as tx:
            tx.task_lists.touch(ADA)
            tx.commit()

        assert take(uow) == 1

    def test_a_list_begins_unchanged(self, uow: UnitOfWork) -> None:
        assert revision(uow, ADA) == 0
        assert revision(uow, NOBODY) == 0

    def test_a_taken_number_and_a_touch_each_count_as_a_change(self, uow: UnitOfWork) -> None:
        revisions = [revision(uow)]
        for _ in range(2):
            take(uow)
            revisions.append(revision(uow))
            with uow.begin() as tx:
                tx.task_lists.touch(ADA)
                tx.commit()
            revisions.append(revision(uow))

        assert revisions == [0, 1, 2, 3, 4]
        assert revision(uow, BOB) == 0

    def test_a_change_counts_once_it_is_committed(self, uow: UnitOfWork) -> None:
        with uow.begin() as tx:
            tx.task_lists.touch(ADA)
            tx.task_lists.take_number(ADA)
            seen_inside = tx.task_lists.revision(ADA)
            seen_elsewhere = elsewhere(lambda: revision(uow))

        assert (seen_inside, seen_elsewhere, revision(uow)) == (2, 0, 0)

    def test_nobody_has_no_list(self, uow: UnitOfWork) -> None:
        with pytest.raises(UserGone), uow.begin() as tx:
            tx.task_lists.take_number(NOBODY)
        with pytest.raises(UserGone), uow.begin() as tx:
            tx.task_lists.touch(NOBODY)

        assert revision(uow, NOBODY) == 0

    def test_numbers_given_elsewhere_are_not_given_again(self, uow: UnitOfWork) -> None:
        with uow.begin() as tx:
            tx.task_lists.keep_number(ADA, TaskNumber(40))
            tx.task_lists.keep_number(ADA, TaskNumber(7))
            tx.commit()

        assert take(uow) == 41
        assert take(uow, BOB) == 1
        assert revision(uow) == 3

    def test_numbers_of_nobody_cannot_be_kept(self, uow: UnitOfWork) -> None:
        with pytest.raises(UserGone), uow.begin() as tx:
            tx.task_lists.keep_number(NOBODY, TaskNumber(1))


class TaskListsRaceContract:
    """What only a store that serves several threads at a time can be asked."""

    @pytest.fixture(autouse=True)
    def _ada(self, uow: UnitOfWork) -> None:
        with uow.begin() as tx:
            tx.users.add(a_user())
            tx.commit()

    def test_no_number_is_given_twice(self, uow: UnitOfWork) -> None:
        numbers = all_at_once([lambda: [take(uow) for _ in range(5)]] * 6)

        assert sorted(chain.from_iterable(numbers)) == list(range(1, 31))

    def test_a_list_is_held_until_the_transaction_ends(self, uow: UnitOfWork) -> None:
        with uow.begin() as tx:
            tx.task_lists.touch(ADA)
            tx.tasks.add(a_task(name="0"))
            tx.commit()

        def count() -> None:
            for _ in range(5):
                with uow.begin() as tx:
                    tx.task_lists.touch(ADA)
                    task = tx.tasks.get(ADA, TaskNumber(1))
                    assert task
                    tx.tasks.save(a_task(name=str(int(task.name) + 1)))
                    tx.commit()

        all_at_once([count] * 6)

        with uow.read() as tx2:
            assert tx2.tasks.get(ADA, TaskNumber(1)) == a_task(name="30")
