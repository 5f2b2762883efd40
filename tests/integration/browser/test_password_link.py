"""A link from the operator, with which somebody who forgot their password sets a new one."""

import pytest
from playwright.sync_api import expect

from tests.integration.browser.conftest import NewContext
from tests.integration.browser.visitor import Visitor, refuse
from tests.integration.http.people import sign_up
from tests.integration.http.running_server import RunningServer
from tests.integration.http.test_password_link import made_link

NEW = "another fine password"
PLACE = "/#/set-password"


@pytest.fixture
def forgetful(new_context: NewContext, server: RunningServer) -> Visitor:
    """Somebody with an account, who is logged in nowhere and has opened no page."""
    with server.client() as client:
        person = sign_up(client)
    return Visitor(new_context(server.base_url).new_page(), server, person)


def set_password(visitor: Visitor, password: str) -> None:
    visitor.page.get_by_label("New password", exact=True).fill(password)
    visitor.button("Set password").click()


def test_it_leads_to_a_new_password_and_then_to_the_login(forgetful: Visitor) -> None:
    page, token = forgetful.page, made_link(forgetful.server, forgetful.person)
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))

    page.goto(f"{PLACE}/{token}")
    expect(forgetful.heading("Set a new password")).to_be_visible()
    expect(page).to_have_url(f"{forgetful.server.base_url}{PLACE}")
    set_password(forgetful, "short")
    expect(page.get_by_text("Use at least 8 characters.")).to_be_visible()
    set_password(forgetful, "password123")
    expect(page.get_by_text("among the most common ones")).to_be_visible()
    set_password(forgetful, NEW)

    expect(page.get_by_text("Your new password is set. Log in with it.")).to_be_visible()
    forgetful.log_in(NEW)
    expect(forgetful.composer).to_be_visible()
    assert not [url for url in requested if token in url]
    page.go_back()
    assert token not in page.url


def test_it_says_what_to_do_when_it_was_used_before(forgetful: Visitor) -> None:
    token = made_link(forgetful.server, forgetful.person)
    forgetful.page.goto(f"{PLACE}/{token}")
    set_password(forgetful, NEW)
    expect(forgetful.heading("Log in")).to_be_visible()

    forgetful.page.goto(f"{PLACE}/{token}")
    set_password(forgetful, NEW)

    expect(forgetful.page.get_by_text("Ask whoever runs this server for another.")).to_be_visible()


def test_it_is_asked_for_again_after_a_reload(forgetful: Visitor) -> None:
    forgetful.page.goto(f"{PLACE}/{made_link(forgetful.server, forgetful.person)}")

    forgetful.page.reload()

    expect(
        forgetful.page.get_by_text("Open the link that you were given once more")
    ).to_be_visible()


def test_it_works_in_a_tab_where_somebody_is_signed_in(visitor: Visitor) -> None:
    other = visitor.another_tab()
    token = made_link(visitor.server, visitor.person)

    visitor.page.goto(f"{PLACE}/{token}")
    expect(visitor.page).to_have_url(f"{visitor.server.base_url}{PLACE}")
    set_password(visitor, NEW)

    expect(visitor.page.get_by_text("Your new password is set.")).to_be_visible()
    expect(other.heading("Log in")).to_be_visible()
    visitor.log_in(NEW)
    expect(visitor.composer).to_be_visible()


def test_it_sends_first_what_somebody_else_has_done_who_is_signed_in(
    visitor: Visitor,
) -> None:
    with visitor.server.client() as client:
        other = sign_up(client)
    refuse(visitor.page, "**/api/tasks", 503)
    visitor.jot_down("Not sent yet")
    expect(visitor.waiting).to_have_count(1)

    visitor.page.goto(f"{PLACE}/{made_link(visitor.server, other)}")
    visitor.page.unroute_all()
    set_password(visitor, NEW)

    expect(visitor.page.get_by_text("Your new password is set.")).to_be_visible()
    assert visitor.stored_names() == ["Not sent yet"]


def test_it_keeps_what_its_owner_has_done_and_not_sent(visitor: Visitor) -> None:
    refuse(visitor.page, "**/api/tasks", 503)
    visitor.jot_down("Not sent yet")
    expect(visitor.waiting).to_have_count(1)

    visitor.page.goto(f"{PLACE}/{made_link(visitor.server, visitor.person)}")
    set_password(visitor, NEW)
    expect(visitor.page.get_by_text("Your new password is set.")).to_be_visible()
    visitor.page.unroute_all()
    visitor.log_in(NEW)

    expect(visitor.task("Not sent yet")).to_be_visible()
    visitor.settle()
    visitor.person.password = NEW
    assert visitor.stored_names() == ["Not sent yet"]
