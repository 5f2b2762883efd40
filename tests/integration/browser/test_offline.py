"""The network goes, and comes back."""

import pytest
from playwright.sync_api import expect

from tests.integration.browser.visitor import Visitor, lose_answer_once, refuse


def test_what_is_done_offline_is_kept_and_sent_in_order(visitor: Visitor) -> None:
    visitor.add("From before")

    with visitor.offline():
        visitor.jot_down("Made offline", "Another")
        expect(visitor.banner).to_contain_text("You are offline.")
        expect(visitor.waiting).to_have_count(2)
        visitor.button("Rename Made offline").click()
        visitor.page.get_by_label("New name").fill("Renamed offline")
        visitor.page.keyboard.press("Enter")
        visitor.task("From before").click()

    expect(visitor.banner).to_be_empty()
    visitor.settle()
    visitor.page.reload()
    expect(visitor.names).to_have_text(["Another", "Renamed offline"])
    stored = [(task["name"], task["isCompleted"]) for task in visitor.stored_tasks()]
    assert stored == [("From before", True), ("Renamed offline", False), ("Another", False)]


def test_what_was_done_offline_outlives_the_tab(visitor: Visitor) -> None:
    context = visitor.page.context
    with visitor.offline():
        visitor.jot_down("Kept")
        expect(visitor.banner).to_contain_text("You are offline.")
        visitor.page.close()

    visitor = Visitor(context.new_page(), visitor.server, visitor.person)
    visitor.page.goto("/")

    expect(visitor.task("Kept")).to_be_visible()
    visitor.settle()
    assert visitor.stored_names() == ["Kept"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_lost_answer_changes_nothing_twice(visitor: Visitor, method: str) -> None:
    visitor.add("There before")
    lose_answer_once(visitor.page, "**/api/tasks**", method)

    if method == "POST":
        visitor.jot_down("Added once")
    elif method == "PUT":
        visitor.task("There before").click()
    else:
        visitor.button("Delete There before").click()
        visitor.page.reload()

    visitor.settle()
    expect(visitor.banner).to_be_empty()
    expected = {"POST": 2, "PUT": 1, "DELETE": 0}[method]
    assert len(visitor.stored_tasks()) == expected


def test_nobody_is_told_that_they_logged_out_while_they_did_not(visitor: Visitor) -> None:
    with visitor.offline():
        visitor.button("Log out").click()
        expect(visitor.page.get_by_text("You are offline, so nobody can be told")).to_be_visible()
        expect(visitor.composer).to_be_visible()

    expect(visitor.banner).to_be_empty()
    visitor.log_out()


def test_other_views_say_what_to_do_and_come_back_by_themselves(visitor: Visitor) -> None:
    with visitor.offline():
        visitor.go("Sessions")
        expect(visitor.page.get_by_text("Check your connection, then try again.")).to_be_visible()

    expect(visitor.page.get_by_text("This one")).to_be_visible()


def test_what_a_server_in_trouble_does_not_take_is_sent_again(visitor: Visitor) -> None:
    refuse(visitor.page, "**/api/tasks", 503)

    visitor.jot_down("Patience")

    expect(visitor.waiting).to_have_count(1)
    visitor.page.unroute_all()
    visitor.settle()
    expect(visitor.waiting).to_have_count(0)
    assert visitor.stored_names() == ["Patience"]


def test_tasks_can_be_added_before_the_list_has_come(visitor: Visitor) -> None:
    visitor.add("There before")
    visitor.page.route("**/api/tasks", lambda route: route.abort())
    visitor.page.route("**/healthz", lambda route: route.abort())
    visitor.page.reload()
    expect(visitor.page.get_by_text("Your tasks will be here")).to_be_visible()

    visitor.jot_down("Early")
    expect(visitor.page.get_by_text("Your other tasks will be here")).to_be_visible()
    visitor.page.unroute_all()

    expect(visitor.page.get_by_text("Your other tasks will be here")).to_be_hidden()
    expect(visitor.names).to_have_text(["Early", "There before"])
    visitor.settle()
    expect(visitor.waiting).to_have_count(0)
    assert visitor.stored_names() == ["There before", "Early"]
