"""Fields that take a password, as people and their password managers meet them."""

import pytest
from playwright.sync_api import Locator, expect

from tests.integration.browser.conftest import NewContext
from tests.integration.browser.visitor import Visitor
from tests.integration.http.people import PASSWORD, sign_up
from tests.integration.http.running_server import RunningServer
from tests.integration.http.test_password_link import made_link

CURRENT, NEW = "current-password", "new-password"


@pytest.fixture
def guest(new_context: NewContext, server: RunningServer) -> Visitor:
    """Somebody with an account who is logged in nowhere."""
    with server.client() as client:
        person = sign_up(client)
    return Visitor(new_context(server.base_url).new_page(), server, person)


def fields(visitor: Visitor, kinds: list[str]) -> Locator:
    """The page's fields for passwords, of which there have to be these."""
    found = visitor.page.locator("input[autocomplete$=password]")
    expect(found).to_have_count(len(kinds))
    for place, kind in enumerate(kinds):
        expect(found.nth(place)).to_have_attribute("autocomplete", kind)
    return found


def assert_masked(found: Locator) -> None:
    for field in found.all():
        expect(field).to_have_attribute("type", "password")


def test_where_nobody_is_logged_in_they_are_masked_and_known_to_password_managers(
    guest: Visitor,
) -> None:
    link = made_link(guest.server, guest.person)

    guest.page.goto("/")
    assert_masked(fields(guest, [CURRENT]))
    guest.page.get_by_role("link", name="Make an account").click()
    assert_masked(fields(guest, [NEW]))
    guest.page.goto(f"/#/set-password/{link}")
    expect(guest.heading("Set a new password")).to_be_visible()
    assert_masked(fields(guest, [NEW]))


def test_within_an_account_they_are_so_too(visitor: Visitor) -> None:
    visitor.go("Account")

    assert_masked(fields(visitor, [CURRENT, NEW]))


def test_one_is_shown_for_as_long_as_somebody_wants_to_see_it(guest: Visitor) -> None:
    guest.page.goto("/")
    [field] = fields(guest, [CURRENT]).all()
    field.fill(PASSWORD)

    guest.button("Show password").click()
    expect(field).to_have_attribute("type", "text")
    guest.button("Show password").click()

    expect(field).to_have_attribute("type", "password")
    expect(field).to_have_value(PASSWORD)


def test_one_may_be_pasted(guest: Visitor) -> None:
    page = guest.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/")
    page.evaluate("text => navigator.clipboard.writeText(text)", PASSWORD)

    page.get_by_label("Email").fill(guest.person.email)
    page.get_by_label("Password", exact=True).focus()
    page.keyboard.press("Control+V")
    page.keyboard.press("Enter")

    guest.see_tasks()
