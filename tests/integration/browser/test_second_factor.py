"""A second factor: logging in with it, and living with it."""

import re

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.integration.browser.conftest import NewContext
from tests.integration.browser.visitor import Visitor
from tests.integration.http.authenticator import Authenticator, enrol
from tests.integration.http.people import PASSWORD, sign_up
from tests.integration.http.running_server import RunningServer

WRONG = "12345"
IS_WRONG = re.compile(r"The code is wrong\.")


@pytest.fixture
def guest(new_context: NewContext, server: RunningServer) -> Visitor:
    """Somebody with an account, in front of the login."""
    return at_login(new_context, server)


@pytest.fixture
def app(guest: Visitor) -> Authenticator:
    """The guest's, whose account asks for its codes."""
    return enrol(guest.server, guest.person)


@pytest.fixture
def member(guest: Visitor, app: Authenticator) -> Visitor:
    """The guest, logged in with the last recovery code."""
    guest.log_in()
    enter_code(guest, app.recovery_codes.pop())
    guest.see_tasks()
    return guest


def at_login(new_context: NewContext, server: RunningServer) -> Visitor:
    with server.client() as client:
        person = sign_up(client)
    visitor = Visitor(new_context(server.base_url).new_page(), server, person)
    visitor.page.goto("/")
    return visitor


def code_field(visitor: Visitor) -> Locator:
    return visitor.page.get_by_role("textbox", name="Code", exact=True)


def enter_code(visitor: Visitor, code: str, button: str = "Log in") -> None:
    code_field(visitor).fill(code)
    visitor.button(button).click()


def give_password(visitor: Visitor, button: str, password: str | None = None) -> None:
    """In the dialog that asks for it."""
    dialog = visitor.page.get_by_role("dialog")
    dialog.get_by_label("Password", exact=True).fill(password or visitor.person.password)
    visitor.button(button).click()


def stored(visitor: Visitor) -> str:
    script = "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"
    text: str = visitor.page.evaluate(script)
    return text


def log_in_status(visitor: Visitor, **members: str) -> int:
    """What a login elsewhere is answered with."""
    body = {"email": visitor.person.email, "password": visitor.person.password, **members}
    with visitor.server.client() as client:
        return client.post("/api/users/login", json=body).status_code


class TestLoggingIn:
    def test_takes_the_code_that_the_app_shows(self, guest: Visitor, app: Authenticator) -> None:
        guest.log_in()

        expect(code_field(guest)).to_be_focused()
        expect(code_field(guest)).to_have_attribute("autocomplete", "one-time-code")
        expect(guest.page.get_by_label("Password")).to_have_count(0)
        enter_code(guest, app.code())

        guest.see_tasks()
        assert guest.person.password not in stored(guest)

    def test_tells_at_the_field_what_is_wrong_with_a_code(
        self, guest: Visitor, app: Authenticator
    ) -> None:
        guest.log_in()

        guest.button("Log in").click()
        expect(code_field(guest)).to_have_accessible_description(re.compile("Enter your code"))
        enter_code(guest, WRONG)
        expect(code_field(guest)).to_have_accessible_description(IS_WRONG)
        expect(code_field(guest)).to_be_focused()
        enter_code(guest, app.code())

        guest.see_tasks()

    def test_tells_at_the_field_when_there_were_too_many(
        self, guest: Visitor, app: Authenticator
    ) -> None:
        while log_in_status(guest, code=WRONG) != 429:
            pass

        guest.log_in()
        enter_code(guest, app.recovery_codes[0])

        expect(code_field(guest)).to_have_accessible_description(
            re.compile("Too many attempts with a wrong code.* Try again in ")
        )

    def test_takes_a_recovery_code_once(self, guest: Visitor, app: Authenticator) -> None:
        guest.log_in()
        enter_code(guest, app.recovery_codes[0].lower())
        guest.see_tasks()

        guest.log_out()
        guest.log_in()
        enter_code(guest, app.recovery_codes[0])

        expect(code_field(guest)).to_have_accessible_description(IS_WRONG)

    @pytest.mark.usefixtures("app")
    def test_has_a_way_back_on_which_the_password_is_forgotten(self, guest: Visitor) -> None:
        guest.log_in()

        guest.button("Back").click()

        expect(guest.heading("Log in")).to_be_focused()
        expect(guest.page.get_by_label("Password", exact=True)).to_have_value("")

    def test_lets_a_phone_type_the_letters_of_a_recovery_code(
        self, chromium: Browser, server: RunningServer
    ) -> None:
        context = chromium.new_context(base_url=server.base_url, is_mobile=True, has_touch=True)
        phone = at_login(lambda _: context, server)
        enrol(server, phone.person)
        phone.log_in()
        expect(code_field(phone)).to_have_attribute("inputmode", "numeric")

        phone.button("ABC, to type a recovery code").tap()

        expect(code_field(phone)).to_have_attribute("inputmode", "text")
        expect(code_field(phone)).to_be_focused()
        context.close()


class TestWhereThePasswordIsAskedForAgain:
    def test_a_code_is_not_asked_for_where_there_is_no_second_factor(
        self, visitor: Visitor
    ) -> None:
        visitor.go("Account")

        visitor.button("Delete my account").click()
        give_password(visitor, "Delete for good")

        expect(visitor.page.get_by_text("everything in it are deleted.")).to_be_visible()

    def test_the_password_is_changed_with_a_code(self, member: Visitor, app: Authenticator) -> None:
        member.go("Account")
        member.page.get_by_label("Current password", exact=True).fill(PASSWORD)
        member.page.get_by_label("New password", exact=True).fill("another fine password")
        member.button("Change password").click()
        expect(code_field(member)).to_be_focused()
        enter_code(member, WRONG, "Change password")
        expect(code_field(member)).to_have_accessible_description(IS_WRONG)

        enter_code(member, app.code(), "Change password")

        expect(member.page.get_by_text("Your password is changed.")).to_be_visible()

    def test_the_account_is_deleted_with_a_code(self, member: Visitor, app: Authenticator) -> None:
        member.go("Account")
        member.button("Delete my account").click()
        give_password(member, "Delete for good")

        enter_code(member, app.code(), "Delete for good")

        expect(member.page.get_by_text("everything in it are deleted.")).to_be_visible()

    def test_what_is_sensitive_goes_on_after_a_code(
        self, new_context: NewContext, hasty_server: RunningServer
    ) -> None:
        hasty = at_login(new_context, hasty_server)
        app = enrol(hasty_server, hasty.person)
        hasty.log_in()
        enter_code(hasty, app.recovery_codes[0])
        hasty.see_tasks()
        hasty.go("Sessions")
        hasty.page.wait_for_timeout(1_200)

        hasty.button("Log out everywhere else").click()
        give_password(hasty, "Continue")
        enter_code(hasty, app.code(), "Continue")

        expect(hasty.page.get_by_text("Logged out everywhere else.")).to_be_visible()


def test_the_events_tell_of_it(member: Visitor) -> None:
    assert log_in_status(member, code=WRONG) == 403

    member.go("Events")

    titles = member.page.locator(".row-title")
    expect(titles).to_have_count(4)
    newest, before, *same_moment = titles.all_inner_texts()
    assert newest == "A wrong code was given, with the right password"
    assert before == "Logged in, with a recovery code"
    assert sorted(same_moment) == [
        "Logged in, with a code of the authenticator app",
        "Second factor set up",
    ]
    expect(member.page.locator(".alarming")).to_have_count(1)
