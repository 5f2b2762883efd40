"""Lists and tasks that a client has already (RFC 9110, section 13), from two worker processes."""

from typing import Any

import httpx
import pytest

from tests.integration.http.running_server import RunningServer


def add(client: httpx.Client, name: str) -> dict[str, Any]:
    answer = client.post("/api/tasks", json={"name": name})
    assert answer.status_code == 201, answer.text
    task: dict[str, Any] = answer.json()
    return task


def tag_of(client: httpx.Client, path: str = "/api/tasks") -> str:
    return client.get(path).headers["ETag"]


def ask(client: httpx.Client, tags: str, path: str = "/api/tasks") -> httpx.Response:
    return client.get(path, headers={"If-None-Match": tags})


class TestList:
    def test_is_not_sent_again_while_nothing_has_changed(self, person: httpx.Client) -> None:
        add(person, "Water the plants")
        tag = tag_of(person)

        answer = ask(person, tag)

        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["ETag"] == tag
        assert "Content-Type" not in answer.headers
        assert answer.headers["Cache-Control"] == "no-store"

    def test_has_another_tag_after_any_change(self, person: httpx.Client) -> None:
        tags = [tag_of(person)]
        task = add(person, "Water the plants")
        tags.append(tag_of(person))
        person.put("/api/tasks", json={**task, "isCompleted": True})
        tags.append(tag_of(person))
        person.delete(f"/api/tasks/{task['id']}")
        tags.append(tag_of(person))

        assert len(set(tags)) == 4
        assert [ask(person, tag).status_code for tag in tags] == [200, 200, 200, 304]

    @pytest.mark.parametrize("tags", ['W/{}, "7000"', '"7000",{}', "*"])
    def test_is_compared_with_every_tag_that_is_sent(self, person: httpx.Client, tags: str) -> None:
        assert ask(person, tags.format(tag_of(person))).status_code == 304

    @pytest.mark.parametrize(
        "tags",
        ['"7000"', "nonsense", '"', "", '"٣"', '"-1"', '"1e0"', "0", '"01"', f'"{"9" * 5000}"'],
    )
    def test_is_sent_to_whoever_has_something_else(self, person: httpx.Client, tags: str) -> None:
        task = add(person, "Water the plants")

        answer = person.get("/api/tasks", headers=[(b"If-None-Match", tags.encode())])

        assert answer.status_code == 200
        assert answer.json() == [task]

    def test_is_never_anothers(self, person: httpx.Client, stranger: httpx.Client) -> None:
        task, others = add(person, "Water the plants"), add(stranger, "Plant the waters")

        assert tag_of(person) == tag_of(stranger)
        assert person.get("/api/tasks").json() == [task]
        assert stranger.get("/api/tasks").json() == [others]

    def test_is_current_whichever_worker_answers(
        self, person: httpx.Client, server: RunningServer
    ) -> None:
        def ask_on_a_new_connection() -> httpx.Response:
            with server.client() as client:
                return client.get("/api/tasks", headers=person.headers)

        tasks = []
        for number in range(20):
            tasks.append(add(person, f"Task {number}"))

            # So that either worker may take it.
            answers = [ask_on_a_new_connection() for _ in range(4)]

            assert [answer.json() for answer in answers] == [tasks] * 4
            assert len({answer.headers["ETag"] for answer in answers}) == 1


def test_a_task_is_not_sent_again_while_it_has_not_changed(person: httpx.Client) -> None:
    task = add(person, "Water the plants")
    path = f"/api/tasks/{task['id']}"
    tag = tag_of(person, path)

    assert ask(person, tag, path).status_code == 304
    person.put("/api/tasks", json={"id": task["id"], "name": "Water them all"})
    changed = ask(person, tag, path)
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag
    assert changed.json()["name"] == "Water them all"
