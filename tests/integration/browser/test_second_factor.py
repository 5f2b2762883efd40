"""A second factor: setting it up, logging in with it, and living with it."""

import re
from datetime import timedelta
from pathlib import Path
from secrets import token_hex
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import segno
from playwright.sync_api import Browser, Locator, expect

from domain.throttle import code_keys
from domain.user import UserId
from tests.integration.browser.conftest import NewContext
from tests.integration.browser.visitor import HeldAnswer, Visitor
from tests.integration.http.authenticator import Authenticator, enrol
from tests.integration.http.people import PASSWORD, Person, bearer, sign_up
from tests.integration.http.running_server import RunningServer
from tests.integration.http.storage import Storage

WRONG = "12345"
IS_WRONG = re.compile(r"The code is wrong\.")
QUIET_ZONE = 4
FEW = 3


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


def begin(visitor: Visitor, password: str | None = None) -> None:
    """From the account's view."""
    visitor.go("Account")
    visitor.button("Set up").click()
    visitor.give_password("Continue", password)


def scan(visitor: Visitor) -> Authenticator:
    """An app that was told the key, as somebody reads it off the page."""
    key = visitor.page.locator("p.codes")
    codes = visitor.page.locator("ul.codes li")
    expect(codes).to_have_count(10)
    return Authenticator(key.inner_text().replace(" ", ""), codes.all_inner_texts())


def recovery_codes_left(visitor: Visitor) -> Locator:
    return visitor.page.locator("dt", has_text="Recovery codes left").locator("+ dd")


def stored(visitor: Visitor) -> str:
    script = "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"
    text: str = visitor.page.evaluate(script)
    return text


def log_in_status(visitor: Visitor, **members: str) -> int:
    """What a login elsewhere is answered with."""
    body = {"email": visitor.person.email, "password": visitor.person.password, **members}
    with visitor.server.client() as client:
        return client.post("/api/users/login", json=body).status_code


def drawn(picture: Locator) -> set[tuple[int, int]]:
    """The dark modules."""
    path = picture.locator("path").get_attribute("d") or ""
    runs = re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", path)
    assert "".join(f"M{x} {y}h{length}v1h-{length}z" for x, y, length in runs) == path
    return {(int(x) + step, int(y)) for x, y, length in runs for step in range(int(length))}


class TestSettingUp:
    def test_ends_with_a_first_code_and_all_other_sessions(self, visitor: Visitor) -> None:
        with visitor.server.client() as client:
            elsewhere = bearer(visitor.person.log_in(client))

        begin(visitor)
        app = scan(visitor)
        enter_code(visitor, WRONG, "Finish")
        expect(code_field(visitor)).to_have_accessible_description(IS_WRONG)
        enter_code(visitor, app.code(), "Finish")

        expect(visitor.page.get_by_text("The second factor is set up.")).to_be_visible()
        expect(recovery_codes_left(visitor)).to_have_text("10")
        expect(visitor.heading("Second factor")).to_be_focused()
        with visitor.server.client() as client:
            assert client.get("/api/users/info", headers=elsewhere).status_code == 401
        assert log_in_status(visitor) == 403
        assert app.secret not in stored(visitor)
        visitor.go("Events")
        expect(visitor.page.get_by_text("because a second factor was set up")).to_be_visible()

    def test_begins_with_the_password(self, visitor: Visitor) -> None:
        begin(visitor, "not it")

        password = visitor.page.get_by_role("dialog").get_by_label("Password", exact=True)
        expect(password).to_have_accessible_description(
            "That is not your password. Check Caps Lock, then type it again."
        )

    def test_changes_nothing_when_it_is_given_up(self, visitor: Visitor) -> None:
        begin(visitor)
        scan(visitor)

        visitor.button("Cancel").click()

        expect(visitor.button("Set up")).to_be_visible()
        assert log_in_status(visitor) == 200

    def test_is_given_up_by_going_where_it_began(self, visitor: Visitor) -> None:
        begin(visitor)
        scan(visitor)

        visitor.go("Account")

        expect(visitor.button("Set up")).to_be_visible()

    def test_shows_one_key_as_text_as_a_link_and_as_a_picture(self, visitor: Visitor) -> None:
        begin(visitor)
        app = scan(visitor)

        link = visitor.page.get_by_role("link", name="Open it there").get_attribute("href") or ""
        uri = urlsplit(link)
        assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
        assert parse_qs(uri.query)["secret"] == [app.secret]
        rows = segno.make_qr(link).matrix
        picture = visitor.page.get_by_role("img", name="QR code")
        assert drawn(picture) == {
            (x, y) for y, row in enumerate(rows) for x, module in enumerate(row) if module
        }
        size = len(rows) + 2 * QUIET_ZONE
        box = f"-{QUIET_ZONE} -{QUIET_ZONE} {size} {size}"
        expect(picture).to_have_attribute("viewBox", box)

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_draws_black_on_white_in_either_theme_for_cameras(
        self, visitor: Visitor, scheme: Any
    ) -> None:
        visitor.page.emulate_media(color_scheme=scheme)

        begin(visitor)

        picture = visitor.page.get_by_role("img", name="QR code")
        expect(picture).to_have_css("fill", "rgb(0, 0, 0)")
        expect(picture).to_have_css("background-color", "rgb(255, 255, 255)")

    def test_offers_the_recovery_codes_to_copy_and_as_a_file(
        self, visitor: Visitor, tmp_path: Path
    ) -> None:
        visitor.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        begin(visitor)
        app = scan(visitor)

        visitor.button("Copy").click()
        expect(visitor.page.get_by_text("The recovery codes are copied.")).to_be_visible()
        copied = visitor.page.evaluate("navigator.clipboard.readText()")
        with visitor.page.expect_download() as download:
            visitor.button("Save as a file").click()
        download.value.save_as(tmp_path / "codes.txt")

        assert copied.splitlines() == app.recovery_codes
        assert download.value.suggested_filename == "taskward-recovery-codes.txt"
        assert (tmp_path / "codes.txt").read_text().splitlines()[-10:] == app.recovery_codes


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
        expect(code_field(guest)).to_be_focused()

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
        Storage(guest.server).postpone_attempts(code_keys(UserId(app.user_id), ["127.0.0.1"]))

        guest.log_in()
        enter_code(guest, app.recovery_codes[0])

        expect(code_field(guest)).to_have_accessible_description(
            re.compile("Too many attempts with a wrong code.* Try again in ")
        )

    def test_takes_a_recovery_code_once(self, guest: Visitor, app: Authenticator) -> None:
        guest.log_in()
        enter_code(guest, app.recovery_codes[0].lower())
        guest.see_tasks()
        guest.go("Account")
        expect(recovery_codes_left(guest)).to_have_text("9")

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
    def test_what_is_wrong_is_told_though_no_code_was_asked_for_yet(self, member: Visitor) -> None:
        refusal = {"error": "Too many attempts with a wrong code.", "errorCode": "F03"}
        member.page.route(
            "**/api/users/delete_account",
            lambda route: route.fulfill(status=429, headers={"Retry-After": "9"}, json=refusal),
        )
        member.go("Account")

        member.button("Delete my account").click()
        member.give_password("Delete for good")

        expect(code_field(member)).to_have_accessible_description(re.compile("Too many attempts"))

    def test_a_code_is_asked_for_as_well(self, member: Visitor, app: Authenticator) -> None:
        member.go("Account")
        member.button("Remove").click()
        expect(member.page.get_by_role("dialog")).to_be_visible()
        expect(code_field(member)).to_have_count(0)

        member.give_password("Remove it")
        expect(code_field(member)).to_be_focused()
        expect(code_field(member)).not_to_have_attribute("aria-invalid", "true")
        enter_code(member, WRONG, "Remove it")
        expect(code_field(member)).to_have_accessible_description(IS_WRONG)
        enter_code(member, app.code(), "Remove it")

        expect(member.page.get_by_text("The second factor is removed.")).to_be_visible()
        expect(member.button("Set up")).to_be_visible()
        assert log_in_status(member) == 200
        member.go("Events")
        expect(member.page.get_by_text("because the second factor was removed")).to_be_visible()

    def test_a_code_is_not_asked_for_where_there_is_no_second_factor(
        self, visitor: Visitor
    ) -> None:
        visitor.go("Account")

        visitor.button("Delete my account").click()
        visitor.give_password("Delete for good")

        expect(visitor.page.get_by_text("everything in it are deleted.")).to_be_visible()

    def test_new_recovery_codes_take_the_place_of_those_before(
        self, member: Visitor, app: Authenticator
    ) -> None:
        member.go("Account")
        member.button("New recovery codes").click()
        member.give_password("Make new ones")
        enter_code(member, app.code(), "Make new ones")
        codes = member.page.locator("ul.codes li")
        expect(codes).to_have_count(10)
        new = codes.all_inner_texts()
        member.button("Done").click()

        expect(recovery_codes_left(member)).to_have_text("10")
        assert log_in_status(member, code=app.recovery_codes[0]) == 403
        assert log_in_status(member, code=new[0]) == 200

    def test_new_recovery_codes_are_shown_though_the_dialog_was_closed_too_late(
        self, member: Visitor, app: Authenticator
    ) -> None:
        member.go("Account")
        member.button("New recovery codes").click()
        member.give_password("Make new ones")
        expect(code_field(member)).to_be_focused()
        answer = HeldAnswer(member.page, "**/recovery-codes", "POST")
        enter_code(member, app.code(), "Make new ones")

        member.button("Cancel").click()
        answer.let_go()

        expect(member.page.locator("ul.codes li")).to_have_count(10)

    def test_few_recovery_codes_are_pointed_out(self, member: Visitor, app: Authenticator) -> None:
        advice = member.page.get_by_text("losing your device locks you out")
        while len(app.recovery_codes) > FEW + 1:
            assert log_in_status(member, code=app.recovery_codes.pop()) == 200
        member.go("Account")
        expect(recovery_codes_left(member)).to_have_text(str(FEW + 1))
        expect(advice).to_have_count(0)

        assert log_in_status(member, code=app.recovery_codes.pop()) == 200
        member.page.reload()

        expect(recovery_codes_left(member)).to_have_text(str(FEW))
        expect(advice).to_be_visible()

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
        member.give_password("Delete for good")

        enter_code(member, app.code(), "Delete for good")

        expect(member.page.get_by_text("everything in it are deleted.")).to_be_visible()

    def test_what_is_sensitive_goes_on_after_a_code(
        self, member: Visitor, app: Authenticator
    ) -> None:
        assert log_in_status(member, code=app.recovery_codes[0]) == 200
        member.go("Sessions")
        Storage(member.server).let_logins_age(timedelta(hours=1))

        member.button("Log out everywhere else").click()
        member.give_password("Continue")
        enter_code(member, app.code(), "Continue")

        expect(member.page.get_by_text("Logged out everywhere else.")).to_be_visible()


def test_the_events_tell_of_it(member: Visitor) -> None:
    assert log_in_status(member, code=WRONG) == 403

    member.go("Events")

    titles = member.page.locator(".row-title")
    expect(titles).to_have_count(5)
    newest, before, *same_moment, first = titles.all_inner_texts()
    assert newest == "A wrong code was given"
    assert before == "Logged in, with a recovery code"
    assert sorted(same_moment) == [
        "Logged in, with a code of the authenticator app",
        "Second factor set up",
    ]
    assert first == "Setting up a second factor was started"
    expect(member.page.locator(".alarming")).to_have_count(1)


class TestWhereEverybodyMustHaveOne:
    @pytest.fixture
    def newcomer(self, new_context: NewContext, strict_server: RunningServer) -> Visitor:
        """Somebody who has just signed up at the page."""
        page = new_context(strict_server.base_url).new_page()
        visitor = Visitor(page, strict_server, Person(f"{token_hex(8)}@example.org"))
        page.goto("/#/signup")
        page.get_by_label("First name").fill("Ada")
        page.get_by_label("Last name").fill("Lovelace")
        page.get_by_label("Email").fill(visitor.person.email)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        visitor.button("Sign up").click()
        return visitor

    def test_signing_up_goes_on_with_setting_it_up(self, newcomer: Visitor) -> None:
        expect(newcomer.heading("Set up a second factor")).to_be_focused()
        app = scan(newcomer)
        enter_code(newcomer, app.code(), "Finish")
        newcomer.see_tasks()

        newcomer.log_out()
        newcomer.log_in()
        enter_code(newcomer, app.recovery_codes[0])

        newcomer.see_tasks()

    def test_logging_in_without_one_goes_on_with_setting_it_up(
        self, new_context: NewContext, strict_server: RunningServer
    ) -> None:
        guest = at_login(new_context, strict_server)
        guest.log_in()

        app = scan(guest)
        enter_code(guest, WRONG, "Finish")
        expect(code_field(guest)).to_have_accessible_description(IS_WRONG)
        enter_code(guest, app.code(), "Finish")

        guest.see_tasks()

    def test_there_is_a_way_back_to_the_login(self, newcomer: Visitor) -> None:
        scan(newcomer)

        newcomer.button("Back").click()

        expect(newcomer.heading("Log in")).to_be_focused()
        expect(newcomer.page).to_have_title("Log in · Taskward")

    def test_who_removes_it_is_told_what_comes_and_may_leave(self, newcomer: Visitor) -> None:
        app = scan(newcomer)
        enter_code(newcomer, app.code(), "Finish")
        newcomer.see_tasks()
        newcomer.go("Account")
        newcomer.button("Remove").click()
        expect(newcomer.page.get_by_text("at your next login")).to_be_visible()
        newcomer.give_password("Remove it")
        enter_code(newcomer, app.recovery_codes[0], "Remove it")
        expect(newcomer.button("Set up")).to_be_visible()

        newcomer.button("Delete my account").click()
        newcomer.give_password("Delete for good")

        expect(newcomer.heading("Log in")).to_be_visible()
