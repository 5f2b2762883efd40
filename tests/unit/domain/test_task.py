from datetime import timedelta, timezone

import pytest

from domain.task import InvalidTask, Task, TaskNumber, TooManyTasks, require_room
from tests.samples import A_SECOND, ADA, NOW, a_task

NAUGHTY = [
    "  water the plants \n",
    "'; DROP TABLE tasks; --",
    "<img src=x onerror=alert(1)>",
    "{{7*7}} ${7*7} %s %00",
    "\u202egnp.exe",
    "\uff26\uff35\uff2c\uff2c\u3000width",
    "e\u0301 is not \u00e9",
    "\U0001f469\u200d\U0001f52c \U0001f1f3\U0001f1f4",
    "Ṱ̺̺̕o͞ ̷i̲̬͇̪͙n̝̗͕v̟̜̘̦͟o̶̙̰̠kè͚̮̺̪̹̱̤",
    "null",
    "0",
    "x" * 500,
    "\U0001f989" * 500,
]
REFUSED = ["", " ", "\t\n", "\u3000", "x" * 501, "\x00", "before\x00after"]


def new(name: str) -> Task:
    return Task.new(ADA, TaskNumber(1), name, is_completed=False, ts=NOW)


class TestNew:
    def test_a_task_begins_at_version_one_as_it_was_asked_for(self) -> None:
        task = Task.new(ADA, TaskNumber(7), "Water the plants", is_completed=True, ts=NOW)

        assert task == Task(ADA, TaskNumber(7), "Water the plants", True, NOW, version=1)

    @pytest.mark.parametrize("name", NAUGHTY)
    def test_a_name_is_kept_as_it_was_sent(self, name: str) -> None:
        assert new(name).name == name

    @pytest.mark.parametrize("name", REFUSED)
    def test_a_name_that_is_missing_too_long_or_has_a_nul_is_refused(self, name: str) -> None:
        with pytest.raises(InvalidTask):
            new(name)

    def test_a_refusal_says_what_is_wrong(self) -> None:
        with pytest.raises(InvalidTask, match="name is missing"):
            new(" ")
        with pytest.raises(InvalidTask, match="at most 500 characters"):
            new("x" * 501)
        with pytest.raises(InvalidTask, match="NUL character"):
            new("\x00")


class TestChange:
    def test_what_is_given_changes_and_the_rest_is_kept(self) -> None:
        task = a_task()

        renamed = task.change(name="another")
        reopened = task.change(is_completed=False)
        moved = task.change(ts=NOW + A_SECOND)

        assert renamed == task._replace(name="another", version=6)
        assert reopened == task._replace(is_completed=False, version=6)
        assert moved == task._replace(ts=NOW + A_SECOND, version=6)

    def test_several_changes_at_once_are_one_version(self) -> None:
        task = a_task(version=1)

        changed = task.change(name="another", is_completed=False, ts=NOW + A_SECOND)

        assert changed == task._replace(
            name="another", is_completed=False, ts=NOW + A_SECOND, version=2
        )

    def test_a_task_can_be_completed(self) -> None:
        task = a_task(is_completed=False)

        completed = task.change(is_completed=True)

        assert completed.is_completed

    def test_nothing_given_changes_nothing(self) -> None:
        task = a_task()

        assert task.change() is task

    def test_what_is_the_same_already_changes_nothing(self) -> None:
        task = a_task()
        same_moment = task.ts.astimezone(timezone(timedelta(hours=5)))

        assert task.change(name=task.name, is_completed=True, ts=same_moment) is task

    @pytest.mark.parametrize("name", NAUGHTY)
    def test_a_new_name_is_kept_as_it_was_sent(self, name: str) -> None:
        assert a_task().change(name=name).name == name

    @pytest.mark.parametrize("name", REFUSED)
    def test_a_new_name_follows_the_same_rules(self, name: str) -> None:
        with pytest.raises(InvalidTask):
            a_task().change(name=name)


class TestRoom:
    @pytest.mark.parametrize(("kept", "limit"), [(0, 1), (2, 3), (9_999, 10_000)])
    def test_is_there_for_one_more_below_the_limit(self, kept: int, limit: int) -> None:
        require_room(kept, limit)

    @pytest.mark.parametrize(("kept", "limit"), [(1, 1), (3, 3), (4, 3), (10_000, 10_000)])
    def test_is_used_up_at_the_limit(self, kept: int, limit: int) -> None:
        with pytest.raises(TooManyTasks):
            require_room(kept, limit)
