from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from application.accounts.import_accounts import (
    ImportAccounts,
    ImportedTask,
    ImportedUser,
    ImportRefused,
)
from application.tasks.add_task import AddTaskCommand
from domain.user import User, UserId
from tests.unit.fakes.imported_hash import fake_imported_hash
from tests.unit.world import LAPTOP, World

# What FakePasswordHasher takes for the password.
KEY = "Q09CT0w"
THEN = datetime(2022, 3, 4, 5, 6, 7, tzinfo=UTC)
GRACE = ImportedUser(
    "users, line 2", 7000, "Grace@Example.org", KEY, "c2FsdA", "Grace", "Hopper", THEN, True
)
ALAN = replace(GRACE, place="users, line 3", id=7001, email="alan@example.org")
COMPILER = ImportedTask("tasks, line 2", 41, 7000, "Write a compiler", True, THEN)
MACHINE = replace(COMPILER, place="tasks, line 3", id=42, user_id=7001, name="Build a machine")


def quietly(done: int, total: int) -> None:
    pass


@pytest.fixture
def import_accounts(world: World) -> ImportAccounts:
    return ImportAccounts(world.uow, fake_imported_hash, world.clock, world.ids, max_tasks=3)


def test_users_keep_their_ids_times_and_passwords(
    world: World, import_accounts: ImportAccounts
) -> None:
    report = import_accounts([GRACE, ALAN], [], quietly)

    assert (report.users, report.tasks, report.renumbered) == (2, 0, [])
    grace = world.store.users[UserId(7000)]
    assert (grace.email, grace.created_at) == ("grace@example.org", THEN)
    assert world.logged_in(grace, password=KEY).user.id == grace.id


def test_no_account_is_from_the_future(world: World, import_accounts: ImportAccounts) -> None:
    in_tokyo = world.clock.now() + timedelta(hours=9)

    import_accounts([replace(GRACE, created_at=in_tokyo)], [], quietly)

    assert world.store.users[UserId(7000)].created_at == world.clock.now()


def test_users_whose_time_was_ahead_can_set_up_a_second_factor(
    world: World, import_accounts: ImportAccounts
) -> None:
    in_tokyo = world.clock.now() + timedelta(hours=9)
    import_accounts([replace(GRACE, created_at=in_tokyo)], [], quietly)
    grace = world.store.users[UserId(7000)]
    session_id = world.logged_in(grace, password=KEY).access.session_id

    code = world.code(world.pending_second_factor(grace, KEY))
    world.confirm_second_factor(session_id, code, LAPTOP)

    assert world.store.second_factors[grace.id].is_active


def test_tasks_keep_their_numbers_which_are_not_given_again(
    world: World, import_accounts: ImportAccounts
) -> None:
    import_accounts([GRACE, ALAN], [COMPILER, MACHINE], quietly)

    [task] = world.tasks_of(UserId(7000))
    assert (task.number, task.name, task.is_completed, task.ts) == (
        41,
        "Write a compiler",
        True,
        THEN,
    )
    assert world.add_task(AddTaskCommand(UserId(7000), "Next")).number == 42


def test_one_who_was_inactive_may_not_log_in(world: World, import_accounts: ImportAccounts) -> None:
    import_accounts([replace(GRACE, is_active=False)], [], quietly)

    assert not world.store.users[UserId(7000)].is_enabled


def test_a_taken_id_is_exchanged_with_the_tasks_following(
    world: World, ada: User, import_accounts: ImportAccounts
) -> None:
    tasks = [replace(COMPILER, user_id=ada.id)]

    report = import_accounts([replace(GRACE, id=ada.id)], tasks, quietly)

    [(before, grace)] = report.renumbered
    assert before == ada.id != grace.id
    assert world.store.users[ada.id] == ada
    assert [task.number for task in world.tasks_of(grace.id)] == [41]
    assert world.tasks_of(ada.id) == []


def test_progress_is_told(import_accounts: ImportAccounts) -> None:
    told: list[tuple[int, int]] = []

    import_accounts([GRACE, ALAN], [], lambda done, total: told.append((done, total)))

    assert told == [(1, 2), (2, 2)]


@pytest.mark.parametrize(
    ("bad", "problem"),
    [
        (replace(ALAN, email="no address"), "The email address is not valid."),
        (replace(ALAN, email="GRACE@example.org"), "is used twice"),
        (replace(ALAN, id=7000), "the id 7000 is used twice"),
        (replace(ALAN, id=0), "0 is no id"),
        (replace(ALAN, id=2**31), "is no id"),
        (replace(ALAN, last_name=" "), "The last name is missing."),
        (replace(ALAN, password_salt=""), "The salt is not base64."),
    ],
)
def test_a_bad_user_is_told_by_place_and_nobody_is_imported(
    world: World, import_accounts: ImportAccounts, bad: ImportedUser, problem: str
) -> None:
    with pytest.raises(ImportRefused) as refused:
        import_accounts([GRACE, bad], [COMPILER], quietly)

    [told] = refused.value.problems
    assert told.startswith("users, line 3: ")
    assert problem in told
    assert world.store.users == {}


@pytest.mark.parametrize(
    ("bad", "problem"),
    [
        (replace(MACHINE, name=" "), "The task's name is missing."),
        (replace(MACHINE, user_id=7002), "there is no user 7002"),
        (replace(MACHINE, id=41, user_id=7000), "is there twice"),
        (replace(MACHINE, id=-1), "-1 is no id"),
    ],
)
def test_a_bad_task_is_told_by_place_and_nobody_is_imported(
    world: World, import_accounts: ImportAccounts, bad: ImportedTask, problem: str
) -> None:
    with pytest.raises(ImportRefused) as refused:
        import_accounts([GRACE, ALAN], [COMPILER, bad], quietly)

    [told] = refused.value.problems
    assert told.startswith("tasks, line 3: ")
    assert problem in told
    assert world.store.users == {}


def test_who_has_an_account_already_stops_the_import(
    world: World, ada: User, import_accounts: ImportAccounts
) -> None:
    with pytest.raises(ImportRefused) as refused:
        import_accounts([GRACE, replace(ALAN, email=ada.email)], [], quietly)

    assert refused.value.problems == [f"users, line 3: {ada.email} has an account already."]
    assert set(world.store.users) == {ada.id}


def test_more_tasks_than_an_account_keeps_are_told_by_their_user(
    world: World, import_accounts: ImportAccounts
) -> None:
    three = [replace(COMPILER, id=number) for number in (1, 2, 3)]
    four = [replace(MACHINE, id=number) for number in (1, 2, 3, 4)]

    with pytest.raises(ImportRefused) as refused:
        import_accounts([GRACE, ALAN], [*three, *four], quietly)

    assert refused.value.problems == [
        "users, line 3: there are 4 tasks, and an account keeps up to 3."
    ]
    assert world.store.users == {}
    import_accounts([GRACE, ALAN], three, quietly)


def test_all_that_is_wrong_is_told_at_once(import_accounts: ImportAccounts) -> None:
    users = [replace(GRACE, email="no"), replace(ALAN, first_name="")]

    with pytest.raises(ImportRefused) as refused:
        import_accounts(users, [replace(MACHINE, name="")], quietly)

    assert len(refused.value.problems) == 3
