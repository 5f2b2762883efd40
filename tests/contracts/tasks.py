"""What every Tasks promises. Bind it as tests.contracts.unit_of_work says."""

from collections.abc import Sequence

import pytest

from application.ports.unit_of_work import UnitOfWork
from domain.task import Task, TaskNumber
from domain.user import UserId
from tests.samples import A_SECOND, ADA, BOB, NOBODY, NOW, a_task, a_user, bob

ONE, TWO, THREE = TaskNumber(1), TaskNumber(2), TaskNumber(3)


def keep(uow: UnitOfWork, *tasks: Task) -> None:
    with uow.begin() as tx:
        for task in tasks:
            tx.task_lists.touch(task.user_id)
            tx.tasks.add(task)
        tx.commit()


def stored(uow: UnitOfWork, user_id: UserId = ADA) -> Sequence[Task]:
    with uow.read() as tx:
        return list(tx.tasks.of_user(user_id))


class TasksContract:
    @pytest.fixture(autouse=True)
    def _users(self, uow: UnitOfWork) -> None:
        with uow.begin() as tx:
            tx.users.add(a_user())
            tx.users.add(bob())
            tx.commit()

    def test_a_user_begins_without_tasks(self, uow: UnitOfWork) -> None:
        assert stored(uow) == []

    def test_a_users_tasks_come_by_number(self, uow: UnitOfWork) -> None:
        keep(uow, a_task(number=THREE), a_task(number=ONE), a_task(number=TWO))

        assert stored(uow) == [a_task(number=ONE), a_task(number=TWO), a_task(number=THREE)]

    def test_a_users_own_tasks_are_counted(self, uow: UnitOfWork) -> None:
        keep(uow, a_task(number=ONE), a_task(number=THREE), a_task(user_id=BOB, number=ONE))

        with uow.begin() as tx:
            tx.task_lists.touch(ADA)
            before = tx.tasks.count(ADA)
            tx.tasks.add(a_task(number=TWO))
            within = tx.tasks.count(ADA)

        with uow.read() as reader:
            after, of_nobody = reader.tasks.count(ADA), reader.tasks.count(NOBODY)
        assert (before, within, after, of_nobody) == (2, 3, 2, 0)

    def test_a_task_is_found_whole_by_its_number(self, uow: UnitOfWork) -> None:
        keep(uow, a_task(number=ONE), a_task(number=TWO, name="another", is_completed=False))

        with uow.read() as tx:
            found = tx.tasks.get(ADA, TWO)

        assert found == a_task(number=TWO, name="another", is_completed=False)
        assert found is not None
        assert isinstance(found.is_completed, bool)

    def test_a_task_that_is_not_there_is_none(self, uow: UnitOfWork) -> None:
        keep(uow, a_task())

        with uow.read() as tx:
            assert tx.tasks.get(ADA, TWO) is None

    def test_users_have_their_own_tasks_under_the_same_number(self, uow: UnitOfWork) -> None:
        keep(uow, a_task(name="Ada's"), a_task(user_id=BOB, name="Bob's"))

        assert stored(uow, ADA) == [a_task(name="Ada's")]
        assert stored(uow, BOB) == [a_task(user_id=BOB, name="Bob's")]

    def test_another_users_task_is_not_there(self, uow: UnitOfWork) -> None:
        keep(uow, a_task())

        with uow.begin() as tx:
            tx.task_lists.touch(BOB)
            assert tx.tasks.get(BOB, ONE) is None
            assert list(tx.tasks.of_user(BOB)) == []
            assert not tx.tasks.remove(BOB, ONE)
            tx.commit()

        assert stored(uow) == [a_task()]

    def test_saving_replaces_all_that_may_change_of_that_task_alone(self, uow: UnitOfWork) -> None:
        others = (a_task(number=TWO), a_task(user_id=BOB))
        changed = a_task(name="changed", is_completed=False, ts=NOW + A_SECOND, version=6)
        keep(uow, a_task(), *others)

        with uow.begin() as tx:
            tx.task_lists.touch(ADA)
            tx.tasks.save(changed)
            tx.commit()

        assert stored(uow) == [changed, others[0]]
        assert stored(uow, BOB) == [others[1]]

    def test_removing_takes_that_task_alone(self, uow: UnitOfWork) -> None:
        keep(uow, a_task(number=ONE), a_task(number=TWO), a_task(user_id=BOB))

        with uow.begin() as tx:
            tx.task_lists.touch(ADA)
            assert tx.tasks.remove(ADA, ONE)
            tx.commit()

        assert stored(uow) == [a_task(number=TWO)]
        assert stored(uow, BOB) == [a_task(user_id=BOB)]

    def test_removing_what_is_not_there_says_so(self, uow: UnitOfWork) -> None:
        with uow.begin() as tx:
            tx.task_lists.touch(ADA)
            assert not tx.tasks.remove(ADA, ONE)

    def test_a_removal_that_is_not_committed_is_forgotten(self, uow: UnitOfWork) -> None:
        keep(uow, a_task())

        with uow.begin() as tx:
            tx.task_lists.touch(ADA)
            tx.tasks.remove(ADA, ONE)

        assert stored(uow) == [a_task()]

    def test_a_change_that_is_not_committed_is_forgotten(self, uow: UnitOfWork) -> None:
        keep(uow, a_task())

        with uow.begin() as tx:
            tx.task_lists.touch(ADA)
            tx.tasks.save(a_task(name="changed"))

        assert stored(uow) == [a_task()]
