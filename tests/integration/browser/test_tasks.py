"""Tasks on the page, by mouse and by keyboard."""

import pytest
from playwright.sync_api import expect

from tests.integration.browser.visitor import HeldAnswer, Visitor, complaints_of, refuse
from tests.integration.http.people import bearer
from tests.integration.http.running_server import until

HOSTILE = [
    "<img src=x onerror=\"document.title='owned'\">",
    "<script>document.title='owned'</script>",
    "\"><svg onload=document.title='owned'>",
    "javascript:document.title='owned'",
    "{{constructor.constructor('document.title=1')()}}",
    "\u202egnp.exe",
    "a" * 500,
]

TELL_OF_WHAT_IS_IN_THE_OUTBOX = """() => {
    const { userId } = JSON.parse(localStorage.getItem("taskward.session"));
    const key = Object.keys(localStorage).find((name) => name.startsWith("taskward.outbox."));
    const { name, ts } = JSON.parse(localStorage.getItem(key));
    const task = { id: 1, name, isCompleted: false, ts, version: 1 };
    new BroadcastChannel("taskward").postMessage({ kind: "task", userId, task });
}"""

TELL_OF_SOMEBODY_ELSES_AND_THEN_OF_OWN = """() => {
    const { userId } = JSON.parse(localStorage.getItem("taskward.session"));
    const channel = new BroadcastChannel("taskward");
    for (const [id, whose, name] of [[1, userId + 1, "Theirs"], [2, userId, "Own"]]) {
        const task = { id, name, isCompleted: false, ts: "2026-01-01T00:00:00Z", version: 1 };
        channel.postMessage({ kind: "task", userId: whose, task });
    }
}"""


def test_the_newest_comes_first_and_the_count_is_of_what_is_open(visitor: Visitor) -> None:
    visitor.add("First", "Second", "Third")

    visitor.task("Second").click()

    expect(visitor.names).to_have_text(["Third", "First"])
    expect(visitor.page.locator(".count")).to_have_text("2 open")


def test_filters_show_what_is_open_done_or_all(visitor: Visitor) -> None:
    visitor.add("Open one", "Done one")
    visitor.task("Done one").click()

    visitor.show("Done")
    expect(visitor.names).to_have_text(["Done one"])
    expect(visitor.task("Done one")).to_be_checked()
    visitor.show("All")
    expect(visitor.names).to_have_text(["Done one", "Open one"])
    visitor.show("Open")
    expect(visitor.names).to_have_text(["Open one"])


def test_search_ignores_case_and_accents(visitor: Visitor) -> None:
    visitor.add("Café with Zoë", "Letter to Bob")

    visitor.search.fill("cafe")
    expect(visitor.names).to_have_text(["Café with Zoë"])
    visitor.search.fill("nothing like it")
    expect(visitor.page.get_by_text("No task matches")).to_be_visible()
    visitor.search.press("Escape")
    expect(visitor.names).to_have_count(2)


def test_renaming_in_place_keeps_with_enter_and_drops_with_escape(visitor: Visitor) -> None:
    visitor.add("Old name")

    visitor.button("Rename Old name").click()
    visitor.page.get_by_label("New name").fill("Dropped")
    visitor.page.keyboard.press("Escape")
    expect(visitor.task("Old name")).to_be_focused()
    visitor.page.keyboard.press("e")
    visitor.page.get_by_label("New name").fill("New name of it")
    visitor.page.keyboard.press("Enter")

    visitor.settle()
    visitor.page.reload()
    expect(visitor.task("New name of it")).to_be_visible()


@pytest.mark.parametrize("elsewhere", ["completed", "deleted"])
@pytest.mark.parametrize("key", ["Enter", "Escape"])
def test_a_new_name_is_typed_to_its_end_whatever_happens_to_the_task_meanwhile(
    visitor: Visitor, elsewhere: str, key: str
) -> None:
    complaints = complaints_of(visitor.page)
    visitor.add("Another", "Old name")
    visitor.button("Rename Old name").click()
    field = visitor.page.get_by_label("New name")
    field.fill("New na")

    with visitor.server.client() as client:
        client.headers.update(bearer(visitor.person.log_in(client)))
        if elsewhere == "completed":
            client.put("/api/tasks", json={"id": 2, "isCompleted": True}).raise_for_status()
        else:
            client.delete("/api/tasks/2").raise_for_status()
    visitor.page.evaluate("dispatchEvent(new Event('visibilitychange'))")
    expect(visitor.page.locator(".count")).to_have_text("1 open")

    expect(field).to_be_focused()
    field.press("End")
    field.press_sequentially("me")
    field.press(key)
    expect(visitor.names).to_have_text(["Another"])
    visitor.settle()
    stored = {task["name"]: task["isCompleted"] for task in visitor.stored_tasks()}
    name = "New name" if key == "Enter" else "Old name"
    assert stored == {"Another": False} | ({name: True} if elsewhere == "completed" else {})
    if elsewhere == "deleted" and key == "Enter":
        expect(visitor.composer).to_have_value("New name")
        complaints = [text for text in complaints if "404" not in text]
    assert complaints == []


def test_a_deletion_can_be_undone(visitor: Visitor) -> None:
    visitor.add("Precious")

    visitor.button("Delete Precious").click()
    expect(visitor.task("Precious")).to_have_count(0)
    visitor.button("Undo").click()

    expect(visitor.task("Precious")).to_be_focused()
    assert visitor.stored_names() == ["Precious"]


def test_what_was_done_to_a_task_before_it_had_a_number_can_be_undone(visitor: Visitor) -> None:
    answer = HeldAnswer(visitor.page, "**/api/tasks", "POST")
    visitor.jot_down("Done too soon")
    visitor.task("Done too soon").click()
    expect(visitor.button("Undo")).to_be_visible()

    answer.let_go()
    visitor.settle()
    visitor.button("Undo").click()

    expect(visitor.task("Done too soon")).to_be_visible()
    visitor.settle()
    [task] = visitor.stored_tasks()
    assert not task["isCompleted"]


def test_a_deletion_that_is_not_undone_holds_when_the_page_is_closed(visitor: Visitor) -> None:
    visitor.add("Rubbish")

    visitor.button("Delete Rubbish").click()
    visitor.page.goto("about:blank")

    with visitor.server.client() as client:
        client.headers.update(bearer(visitor.person.log_in(client)))
        until(lambda: client.get("/api/tasks").json() == [], "the task is gone")
    visitor.page.goto("/")
    expect(visitor.page.get_by_text("No tasks yet")).to_be_visible()


def test_all_works_without_a_mouse(visitor: Visitor) -> None:
    keyboard = visitor.page.keyboard
    visitor.page.locator("body").focus()

    keyboard.press("n")
    expect(visitor.composer).to_be_focused()
    for name in ("Alpha", "Beta", "Gamma"):
        keyboard.type(name)
        keyboard.press("Enter")
    keyboard.press("Escape")
    keyboard.press("j")
    expect(visitor.task("Gamma")).to_be_focused()
    keyboard.press("ArrowDown")
    expect(visitor.task("Beta")).to_be_focused()
    keyboard.press("x")
    expect(visitor.task("Alpha")).to_be_focused()
    keyboard.press("k")
    expect(visitor.task("Gamma")).to_be_focused()
    keyboard.press("Space")
    expect(visitor.task("Alpha")).to_be_focused()
    keyboard.press("u")
    expect(visitor.names).to_have_text(["Gamma", "Alpha"])
    keyboard.press("Delete")
    keyboard.press("u")
    expect(visitor.names).to_have_count(2)
    keyboard.press("/")
    expect(visitor.search).to_be_focused()
    keyboard.type("alp?n")
    expect(visitor.search).to_have_value("alp?n")
    keyboard.press("Escape")
    keyboard.press("?")
    expect(visitor.heading("Keyboard")).to_be_visible()
    keyboard.press("n")
    expect(visitor.composer).not_to_be_focused()
    keyboard.press("Escape")
    expect(visitor.heading("Keyboard")).to_have_count(0)


def test_single_letters_can_be_switched_off(visitor: Visitor) -> None:
    visitor.button("Keyboard").click()
    visitor.page.get_by_label("Single letters act as shortcuts").uncheck()
    visitor.button("Close").click()

    visitor.page.keyboard.press("n")

    expect(visitor.composer).not_to_be_focused()


def test_hostile_names_are_only_text(visitor: Visitor) -> None:
    with visitor.server.client() as client:
        client.headers.update(bearer(visitor.person.log_in(client)))
        for name in reversed(HOSTILE):
            assert client.post("/api/tasks", json={"name": name}).status_code == 201
    visitor.page.set_viewport_size({"width": 360, "height": 740})

    visitor.page.reload()

    expect(visitor.names).to_have_text(HOSTILE)
    assert visitor.page.title() == "Tasks · Taskward"
    assert visitor.page.locator(".task img, .task script").count() == 0
    assert visitor.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_tabs_show_the_same_tasks(visitor: Visitor) -> None:
    other = visitor.another_tab()

    visitor.add("Seen twice")
    expect(other.task("Seen twice")).to_be_visible()
    other.task("Seen twice").click()

    expect(visitor.task("Seen twice")).to_have_count(0)


def test_a_task_of_which_another_tab_tells_early_is_not_shown_twice(visitor: Visitor) -> None:
    visitor.page.route("**/api/tasks", lambda route: route.abort(), times=1)
    visitor.page.route("**/healthz", lambda route: route.abort())
    visitor.jot_down("Still in the outbox")

    visitor.page.evaluate(TELL_OF_WHAT_IS_IN_THE_OUTBOX)

    expect(visitor.waiting).to_have_count(0)
    expect(visitor.task("Still in the outbox")).to_have_count(1)


def test_a_task_of_somebody_else_that_another_tab_tells_of_is_not_shown(visitor: Visitor) -> None:
    visitor.page.evaluate(TELL_OF_SOMEBODY_ELSES_AND_THEN_OF_OWN)

    expect(visitor.task("Own")).to_be_visible()
    expect(visitor.names).to_have_text(["Own"])


def test_a_list_that_was_made_before_a_task_was_added_does_not_hide_it(visitor: Visitor) -> None:
    visitor.add("There before")
    answer = HeldAnswer(visitor.page, "**/api/tasks", "GET")
    visitor.page.reload()
    visitor.composer.fill("Added meanwhile")
    visitor.composer.press("Enter")
    visitor.settle()

    answer.let_go()

    expect(visitor.names).to_have_text(["Added meanwhile", "There before"])


def test_what_the_server_refuses_is_said_and_given_back(visitor: Visitor) -> None:
    refuse(visitor.page, "**/api/tasks", 400, times=1)

    visitor.composer.fill("Not wanted")
    visitor.composer.press("Enter")

    expect(visitor.page.get_by_text("“Not wanted” was not saved.")).to_be_visible()
    expect(visitor.composer).to_have_value("Not wanted")
    expect(visitor.names).to_have_count(0)
    visitor.page.reload()
    expect(visitor.composer).to_have_value("Not wanted")


def test_a_new_name_for_a_task_that_was_deleted_elsewhere_is_given_back(visitor: Visitor) -> None:
    visitor.add("Shared")
    with visitor.server.client() as client:
        client.headers.update(bearer(visitor.person.log_in(client)))
        assert client.delete("/api/tasks/1").status_code == 204

    visitor.button("Rename Shared").click()
    visitor.page.get_by_label("New name").fill("Shared no more")
    visitor.page.keyboard.press("Enter")

    expect(visitor.page.get_by_text("has been deleted in the meantime.")).to_be_visible()
    expect(visitor.composer).to_have_value("Shared no more")
    expect(visitor.names).to_have_count(0)
