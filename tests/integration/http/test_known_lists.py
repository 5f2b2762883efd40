"""How much of what it has answered a worker remembers is the operator's choice."""

from collections.abc import Collection
from pathlib import Path

import pytest
from dependency_injector.providers import Object
from falcon.testing import TestClient

from application.tasks.list_tasks import ListTasks, TaskList
from domain.user import UserId
from entrypoints.http.app import create_app
from tests.integration.http.in_process import container_in
from tests.integration.http.people import PASSWORD, bearer, signup_body

EMAIL = "ada@example.org"


@pytest.mark.parametrize(("mib", "are_read"), [(1, [True, False]), (0, [True, True])])
def test_a_list_is_read_again_where_there_is_no_room_to_remember_it(
    tmp_path: Path, mib: int, are_read: list[bool]
) -> None:
    container = container_in(tmp_path, known_lists_mib=mib)
    list_tasks: ListTasks = container.list_tasks()
    read: list[bool] = []

    def watched(user_id: UserId, known_revisions: Collection[int]) -> TaskList:
        found = list_tasks(user_id, known_revisions)
        read.append(found.tasks is not None)
        return found

    with container.list_tasks.override(Object(watched)):
        client = TestClient(create_app(container))
    client.simulate_post("/api/users/signup", json=signup_body(EMAIL))
    login = {"email": EMAIL, "password": PASSWORD}
    headers = bearer(client.simulate_post("/api/users/login", json=login).json)
    client.simulate_post("/api/tasks", json={"name": "Remembered?"}, headers=headers)

    answers = [client.simulate_get("/api/tasks", headers=headers).json for _ in range(2)]

    assert [[task["name"] for task in answer] for answer in answers] == [["Remembered?"]] * 2
    assert read == are_read
    container.store().disconnect()
