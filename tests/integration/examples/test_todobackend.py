"""The public Todo-Backend specification, test by test, against the example on each database."""

from collections.abc import Iterator
from pathlib import Path

import falcon.testing
import pytest
from pydantic import SecretStr

from entrypoints.container import Container
from entrypoints.settings import Settings
from examples.todobackend.app import create_app

HOST = "http://falconframework.org/"


@pytest.fixture
def container(database_url: str, tmp_path: Path) -> Iterator[Container]:
    settings = Settings(
        data_dir=tmp_path, database_url=SecretStr(database_url), argon2_memory_kib=8
    )
    container = Container(settings=settings)
    yield container
    container.database().dispose()


@pytest.fixture
def client(container: Container) -> falcon.testing.TestClient:
    return falcon.testing.TestClient(create_app(container))


def path_of(todo: dict[str, str]) -> str:
    assert todo["url"].startswith(HOST)
    return "/" + todo["url"].removeprefix(HOST)


class TestTheRoot:
    def test_answers_any_page(self, client: falcon.testing.TestClient) -> None:
        asked = {"Origin": "https://todobackend.com", "Access-Control-Request-Method": "PATCH"}

        preflight = client.simulate_options("/1", headers=asked)
        answer = client.simulate_get("/", headers={"Origin": "https://todobackend.com"})

        assert preflight.headers["Access-Control-Allow-Origin"] == "*"
        assert "PATCH" in preflight.headers["Access-Control-Allow-Methods"]
        assert answer.headers["Access-Control-Allow-Origin"] == "*"

    def test_answers_a_post_with_the_todo(self, client: falcon.testing.TestClient) -> None:
        answer = client.simulate_post("/", json={"title": "walk the dog"})

        assert answer.status_code == 201
        assert answer.json["title"] == "walk the dog"
        assert answer.json["completed"] is False

    def test_is_empty_after_delete(self, client: falcon.testing.TestClient) -> None:
        for title in ("a", "b"):
            client.simulate_post("/", json={"title": title})

        assert client.simulate_delete("/").status_code == 200
        assert client.simulate_get("/").json == []


class TestATodo:
    def test_is_listed_and_found_by_its_url(self, client: falcon.testing.TestClient) -> None:
        made = client.simulate_post("/", json={"title": "blah", "order": 523}).json

        assert client.simulate_get("/").json == [made]
        assert client.simulate_get(path_of(made)).json == made
        assert made["order"] == 523

    @pytest.mark.parametrize(
        "change", [{"title": "bathe the cat"}, {"completed": True}, {"order": 95}]
    )
    def test_can_be_changed_in_each_member(
        self, client: falcon.testing.TestClient, change: dict[str, object]
    ) -> None:
        made = client.simulate_post("/", json={"title": "initial", "order": 10}).json

        answer = client.simulate_patch(path_of(made), json=change)

        assert answer.json == {**made, **change}
        assert client.simulate_get("/").json == [{**made, **change}]

    def test_can_be_deleted(self, client: falcon.testing.TestClient) -> None:
        made = client.simulate_post("/", json={"title": "a"}).json

        assert client.simulate_delete(path_of(made)).status_code == 204
        assert client.simulate_get(path_of(made)).status_code == 404
        assert client.simulate_get("/").json == []


@pytest.mark.parametrize("body", [b"", b"[]", b'{"title": 1}', b'{"completed": true}', b'{"title'])
def test_what_is_no_todo_is_refused(client: falcon.testing.TestClient, body: bytes) -> None:
    answer = client.simulate_post("/", body=body)

    assert answer.status_code == 400
    assert answer.json["error"]


@pytest.mark.parametrize("path", ["/7", "/0", "/x", "/99999999999999999999999"])
def test_what_is_not_there_is_not_found(client: falcon.testing.TestClient, path: str) -> None:
    assert client.simulate_get(path).status_code == 404


def test_each_run_has_a_user_of_its_own(container: Container) -> None:
    first = falcon.testing.TestClient(create_app(container))
    first.simulate_post("/", json={"title": "mine"})

    second = falcon.testing.TestClient(create_app(container))

    assert second.simulate_get("/").json == []


def test_it_is_off_unless_it_is_asked_for() -> None:
    source = Path(__file__).parents[3] / "src"

    assert not [path for path in source.rglob("*.py") if "todobackend" in path.read_text()]
