from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from application.sessions.grant_tokens import TokenGrant
from application.tasks.add_task import AddTaskCommand
from application.tasks.change_task import ChangeTaskCommand
from application.tasks.list_tasks import TaskList
from domain.session import InvalidAccessToken
from domain.task import (
    InvalidTask,
    Task,
    TaskNotFound,
    TaskNumber,
    TooManyTaskChanges,
    TooManyTasks,
)
from domain.user import User, UserGone
from tests.unit.world import LAPTOP, TASK_CHANGES_PER_MINUTE, World

EARLIER = timedelta(days=-1)

Change = Callable[[], object]


@pytest.fixture
def task(world: World, ada: User) -> Task:
    """Ada's only task."""
    return world.add_task(AddTaskCommand(ada.id, "Water the plants"))


class TestAddTask:
    def test_keeps_what_was_asked_for(self, world: World, ada: User) -> None:
        ts = world.clock.now() + EARLIER

        task = world.add_task(AddTaskCommand(ada.id, "Water the plants", True, ts))

        assert task == Task(ada.id, TaskNumber(1), "Water the plants", True, ts, version=1)
        assert world.tasks_of(ada.id) == [task]

    def test_takes_the_present_time_and_an_open_task_where_nothing_is_said(
        self, world: World, ada: User
    ) -> None:
        task = world.add_task(AddTaskCommand(ada.id, "Water the plants"))

        assert task.ts == world.clock.now()
        assert not task.is_completed

    def test_counts_within_its_user(self, world: World, ada: User, bob: User) -> None:
        users = [ada, ada, bob, ada]

        tasks = [world.add_task(AddTaskCommand(user.id, "Water the plants")) for user in users]

        assert [task.number for task in tasks] == [1, 2, 1, 3]

    def test_never_gives_the_number_of_a_deleted_task_again(
        self, world: World, ada: User, task: Task
    ) -> None:
        world.delete_task(ada.id, task.number)

        another = world.add_task(AddTaskCommand(ada.id, "Water them again"))

        assert another.number == 2

    def test_counts_as_a_change_of_the_list(self, world: World, ada: User, task: Task) -> None:
        before = world.revision_of(ada)

        world.add_task(AddTaskCommand(ada.id, "Water them again"))

        assert world.revision_of(ada) == before + 1

    def test_stores_nothing_of_an_invalid_task(self, world: World, ada: User) -> None:
        with pytest.raises(InvalidTask):
            world.add_task(AddTaskCommand(ada.id, " "))

        assert world.tasks_of(ada.id) == []
        assert world.revision_of(ada) == 0

    def test_is_refused_when_the_account_is_gone(self, world: World, ada: User) -> None:
        world.remove(ada)

        with pytest.raises(UserGone):
            world.add_task(AddTaskCommand(ada.id, "Water the plants"))

        assert world.store.tasks == {}


class TestHowManyAreKept:
    @pytest.fixture
    def world(self) -> World:
        return World(max_tasks=3)

    @pytest.fixture
    def full(self, world: World, ada: User) -> list[Task]:
        """As many as Ada may keep."""
        return [world.add_task(AddTaskCommand(ada.id, name)) for name in "abc"]

    def test_beyond_the_limit_none_is_added_nor_a_number_taken(
        self, world: World, ada: User, full: list[Task]
    ) -> None:
        before = world.revision_of(ada)

        for _ in range(2):
            with pytest.raises(TooManyTasks):
                world.add_task(AddTaskCommand(ada.id, "d"))

        assert world.tasks_of(ada.id) == full
        assert world.revision_of(ada) == before
        assert world.store.task_lists[ada.id].last_number == 3

    def test_one_that_is_deleted_makes_room_for_another(
        self, world: World, ada: User, full: list[Task]
    ) -> None:
        for task in full[:2]:
            world.delete_task(ada.id, task.number)

        added = [world.add_task(AddTaskCommand(ada.id, name)) for name in "de"]

        assert [task.number for task in added] == [4, 5]
        with pytest.raises(TooManyTasks):
            world.add_task(AddTaskCommand(ada.id, "f"))

    def test_another_user_has_a_limit_of_their_own(
        self, world: World, bob: User, full: list[Task]
    ) -> None:
        assert world.add_task(AddTaskCommand(bob.id, "mine")).number == 1

    def test_what_was_there_when_the_limit_was_lowered_stays_and_can_be_changed(
        self, world: World, ada: User, full: list[Task]
    ) -> None:
        add_one = replace(world.add_task, limit=1)

        with pytest.raises(TooManyTasks):
            add_one(AddTaskCommand(ada.id, "d"))

        world.change_task(ChangeTaskCommand(ada.id, full[2].number, is_completed=True))
        assert len(world.tasks_of(ada.id)) == 3


class TestHowQuicklyTheyChange:
    @pytest.fixture
    def hasty(self, world: World, ada: User, task: Task) -> User:
        """Ada, once she has changed as much as she may for now."""
        for number in range(TASK_CHANGES_PER_MINUTE - 1):
            world.change_task(ChangeTaskCommand(ada.id, task.number, str(number)))
        return ada

    @pytest.mark.parametrize(
        "change",
        [
            lambda world, user: world.add_task(AddTaskCommand(user.id, "Water the plants")),
            lambda world, user: world.change_task(ChangeTaskCommand(user.id, TaskNumber(1), "x")),
            lambda world, user: world.delete_task(user.id, TaskNumber(1)),
        ],
        ids=["add", "change", "delete"],
    )
    def test_each_change_counts_and_waits_when_there_were_too_many(
        self, world: World, hasty: User, change: Callable[[World, User], object]
    ) -> None:
        before = world.tasks_of(hasty.id)

        with pytest.raises(TooManyTaskChanges) as refused:
            change(world, hasty)

        assert world.tasks_of(hasty.id) == before
        world.clock.advance(refused.value.retry_after)
        change(world, hasty)
        with pytest.raises(TooManyTaskChanges):
            change(world, hasty)

    def test_reading_does_not_count_nor_does_what_another_does(
        self, world: World, hasty: User, bob: User
    ) -> None:
        assert len(world.tasks_of(hasty.id)) == 1
        assert world.add_task(AddTaskCommand(bob.id, "Bob's")).number == 1


class TestAChangeByAnAccessToken:
    @pytest.fixture(
        params=[
            lambda world, by: world.add_task(AddTaskCommand(by.user_id, "Sleep", caller=by)),
            lambda world, by: world.change_task(
                ChangeTaskCommand(by.user_id, TaskNumber(1), "Sleep", caller=by)
            ),
            lambda world, by: world.delete_task(by.user_id, TaskNumber(1), by),
        ],
        ids=["add", "change", "delete"],
    )
    def change(self, request: pytest.FixtureRequest, world: World, grant: TokenGrant) -> Change:
        return partial(request.param, world, grant.access)

    def test_is_made_while_the_session_lives(
        self, world: World, task: Task, change: Change
    ) -> None:
        change()

        assert world.tasks_of(task.user_id) != [task]

    def test_is_not_made_once_the_session_has_ended_while_it_waited(
        self, world: World, task: Task, grant: TokenGrant, change: Change
    ) -> None:
        world.uow.before_task_list_hold.once(lambda: world.logout(grant.access.session_id, LAPTOP))

        with pytest.raises(InvalidAccessToken):
            change()

        assert world.tasks_of(task.user_id) == [task]

    def test_is_not_made_once_the_token_has_expired_while_it_waited(
        self, world: World, task: Task, grant: TokenGrant, change: Change
    ) -> None:
        world.uow.before_task_list_hold.once(lambda: world.clock.advance(grant.access.lifetime))

        with pytest.raises(InvalidAccessToken):
            change()

        assert world.tasks_of(task.user_id) == [task]


class TestGetTask:
    def test_finds_a_users_own_task(self, world: World, ada: User, task: Task) -> None:
        assert world.get_task(ada.id, task.number) == task

    def test_finds_neither_what_is_not_there_nor_what_is_anothers(
        self, world: World, ada: User, bob: User, task: Task
    ) -> None:
        with pytest.raises(TaskNotFound):
            world.get_task(ada.id, TaskNumber(2))
        with pytest.raises(TaskNotFound):
            world.get_task(bob.id, task.number)


class TestListTasks:
    def test_tells_a_users_own_tasks_by_number(self, world: World, ada: User, bob: User) -> None:
        mine = [world.add_task(AddTaskCommand(ada.id, name)) for name in "zax"]
        world.add_task(AddTaskCommand(bob.id, "Bob's"))

        tasks = world.tasks_of(ada.id)

        assert tasks == mine

    def test_is_empty_at_first(self, world: World, ada: User) -> None:
        assert world.tasks_of(ada.id) == []

    def test_reads_no_tasks_when_the_caller_knows_the_revision(
        self, world: World, ada: User, task: Task
    ) -> None:
        known = world.list_tasks(ada.id)

        again = world.list_tasks(ada.id, known_revisions=[7000, known.revision])

        assert again == TaskList(known.revision, tasks=None)

    def test_reads_the_tasks_again_after_any_change(
        self, world: World, ada: User, task: Task
    ) -> None:
        known = [world.list_tasks(ada.id).revision]
        added = world.add_task(AddTaskCommand(ada.id, "Water them again"))
        after_adding = world.list_tasks(ada.id, known)
        done = world.change_task(ChangeTaskCommand(ada.id, task.number, is_completed=True))
        after_changing = world.list_tasks(ada.id, [*known, after_adding.revision])
        world.delete_task(ada.id, task.number)
        after_deleting = world.list_tasks(ada.id, [after_adding.revision, after_changing.revision])

        assert after_adding.tasks == [task, added]
        assert after_changing.tasks == [done, added]
        assert after_deleting.tasks == [added]

    def test_never_calls_a_list_newer_than_it_is(self, world: World, ada: User, task: Task) -> None:
        before = world.list_tasks(ada.id)
        world.uow.before_tasks_list.once(
            lambda: world.add_task(AddTaskCommand(ada.id, "In between"))
        )

        during = world.list_tasks(ada.id)

        assert during.revision == before.revision
        assert world.list_tasks(ada.id, [during.revision]).tasks is not None


class TestChangeTask:
    def test_changes_what_is_given_and_keeps_the_rest(
        self, world: World, ada: User, task: Task
    ) -> None:
        changed = world.change_task(ChangeTaskCommand(ada.id, task.number, is_completed=True))

        assert changed == task._replace(is_completed=True, version=2)
        assert world.tasks_of(ada.id) == [changed]

    def test_changes_every_member(self, world: World, ada: User, task: Task) -> None:
        ts = task.ts + EARLIER

        changed = world.change_task(
            ChangeTaskCommand(ada.id, task.number, "Water them again", True, ts)
        )

        assert changed == Task(ada.id, task.number, "Water them again", True, ts, version=2)
        assert world.get_task(ada.id, task.number) == changed

    def test_changes_no_other_task(self, world: World, ada: User, task: Task) -> None:
        other = world.add_task(AddTaskCommand(ada.id, "Sleep"))

        world.change_task(ChangeTaskCommand(ada.id, task.number, "Water them again"))

        assert world.get_task(ada.id, other.number) == other

    def test_counts_as_a_change_of_the_list(self, world: World, ada: User, task: Task) -> None:
        before = world.revision_of(ada)

        world.change_task(ChangeTaskCommand(ada.id, task.number, "Water them again"))

        assert world.revision_of(ada) == before + 1

    def test_does_not_count_when_nothing_differs(self, world: World, ada: User, task: Task) -> None:
        before = world.revision_of(ada)

        same = world.change_task(ChangeTaskCommand(ada.id, task.number, task.name))

        assert same == task
        assert world.revision_of(ada) == before

    def test_builds_on_a_change_that_comes_between(
        self, world: World, ada: User, task: Task
    ) -> None:
        quicker = ChangeTaskCommand(ada.id, task.number, is_completed=True)
        world.uow.before_task_list_hold.once(lambda: world.change_task(quicker))

        changed = world.change_task(ChangeTaskCommand(ada.id, task.number, "Water them again"))

        assert changed == task._replace(name="Water them again", is_completed=True, version=3)
        assert world.get_task(ada.id, task.number) == changed

    def test_finds_no_task_that_was_deleted_in_between(
        self, world: World, ada: User, task: Task
    ) -> None:
        world.uow.before_task_list_hold.once(lambda: world.delete_task(ada.id, task.number))

        with pytest.raises(TaskNotFound):
            world.change_task(ChangeTaskCommand(ada.id, task.number, "Water them again"))

        assert world.tasks_of(ada.id) == []

    def test_finds_neither_what_is_not_there_nor_what_is_anothers(
        self, world: World, ada: User, bob: User, task: Task
    ) -> None:
        with pytest.raises(TaskNotFound):
            world.change_task(ChangeTaskCommand(ada.id, TaskNumber(2), "mine"))
        with pytest.raises(TaskNotFound):
            world.change_task(ChangeTaskCommand(bob.id, task.number, "mine"))

        assert world.tasks_of(ada.id) == [task]
        assert world.tasks_of(bob.id) == []
        assert world.revision_of(bob) == 0

    def test_refuses_an_invalid_name_and_keeps_the_task(
        self, world: World, ada: User, task: Task
    ) -> None:
        before = world.revision_of(ada)

        with pytest.raises(InvalidTask):
            world.change_task(ChangeTaskCommand(ada.id, task.number, " ", is_completed=True))

        assert world.get_task(ada.id, task.number) == task
        assert world.revision_of(ada) == before

    def test_is_refused_when_the_account_is_gone(self, world: World, ada: User, task: Task) -> None:
        world.remove(ada)

        with pytest.raises(UserGone):
            world.change_task(ChangeTaskCommand(ada.id, task.number, "mine"))


class TestDeleteTask:
    def test_removes_that_task_alone(self, world: World, ada: User, bob: User, task: Task) -> None:
        other = world.add_task(AddTaskCommand(ada.id, "Sleep"))
        bobs = world.add_task(AddTaskCommand(bob.id, "Bob's"))

        world.delete_task(ada.id, task.number)

        assert world.tasks_of(ada.id) == [other]
        assert world.tasks_of(bob.id) == [bobs]

    def test_counts_as_a_change_of_the_list(self, world: World, ada: User, task: Task) -> None:
        before = world.revision_of(ada)

        world.delete_task(ada.id, task.number)

        assert world.revision_of(ada) == before + 1

    def test_finds_neither_what_is_not_there_nor_what_is_anothers(
        self, world: World, ada: User, bob: User, task: Task
    ) -> None:
        with pytest.raises(TaskNotFound):
            world.delete_task(ada.id, TaskNumber(2))
        with pytest.raises(TaskNotFound):
            world.delete_task(bob.id, task.number)

        assert world.tasks_of(ada.id) == [task]
        assert world.revision_of(ada) == 1
        assert world.revision_of(bob) == 0

    def test_is_refused_when_the_account_is_gone(self, world: World, ada: User, task: Task) -> None:
        world.remove(ada)

        with pytest.raises(UserGone):
            world.delete_task(ada.id, task.number)
