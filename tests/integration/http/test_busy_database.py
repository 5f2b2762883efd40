"""What is answered while somebody else holds what a request has to change."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from dependency_injector.providers import Object
from falcon.testing import TestClient

from adapters.persistence.engine import Database
from adapters.persistence.unit_of_work import SqlUnitOfWork
from domain.user import UserId
from entrypoints.http.app import create_app
from tests.contracts.threads import elsewhere
from tests.integration.http.in_process import container_in
from tests.integration.http.people import PASSWORD, signup_body
from tests.integration.http.running_server import until

EMAIL = "who@example.org"


@pytest.fixture
def client(database_url: str, tmp_path: Path) -> Iterator[TestClient]:
    """The application on each database, impatient."""
    container = container_in(tmp_path)
    container.database.override(
        Object(Database(database_url, busy_timeout=timedelta(milliseconds=50)))
    )
    yield TestClient(create_app(container))
    container.store().disconnect()


def test_a_write_that_another_blocks_is_answered_503_and_goes_on_afterwards(
    client: TestClient, uow: SqlUnitOfWork
) -> None:
    client.simulate_post("/api/users/signup", json=signup_body(EMAIL))
    login = {"email": EMAIL, "password": PASSWORD}
    tokens = client.simulate_post("/api/users/login", json=login).json
    headers = {"Authorization": f"Bearer {tokens['accessToken']}"}

    def add_task() -> tuple[int, dict[str, object]]:
        answer = client.simulate_post("/api/tasks", json={"name": "x"}, headers=headers)
        return answer.status_code, answer.json

    with uow.begin() as tx:
        tx.task_lists.touch(UserId(tokens["userId"]))
        status, problem = elsewhere(add_task)
        listed = elsewhere(lambda: client.simulate_get("/api/tasks", headers=headers).json)

    assert (status, problem["errorCode"]) == (503, "unavailable")
    assert listed == []
    # Who has given up may get the lock once more, to let go of it.
    until(lambda: add_task()[0] == 201, "one can write again")
