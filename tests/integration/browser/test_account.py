"""Sessions, security events and the account itself."""

import json
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import expect

from tests.integration.browser.visitor import Visitor
from tests.integration.http.people import bearer
from tests.integration.http.storage import Storage


def log_in_elsewhere(visitor: Visitor) -> dict[str, str]:
    with visitor.server.client() as client:
        return bearer(visitor.person.log_in(client))


def is_live(visitor: Visitor, headers: dict[str, str]) -> bool:
    with visitor.server.client() as client:
        return client.get("/api/users/info", headers=headers).status_code == 200


def test_logging_out_another_session_there(visitor: Visitor) -> None:
    elsewhere = log_in_elsewhere(visitor)

    visitor.go("Sessions")
    visitor.page.get_by_role("button", name="Log out there").click()

    expect(visitor.page.get_by_text("You are logged in nowhere else.")).to_be_visible()
    assert not is_live(visitor, elsewhere)


def test_logging_out_everywhere_else_asks_for_the_password_after_a_while(
    visitor: Visitor,
) -> None:
    others = [log_in_elsewhere(visitor) for _ in range(2)]
    visitor.go("Sessions")
    Storage(visitor.server).let_logins_age(timedelta(hours=1))

    visitor.button("Log out everywhere else").click()
    password = visitor.page.get_by_role("dialog").get_by_label("Password", exact=True)
    password.fill("not it")
    visitor.button("Continue").click()
    expect(password).to_have_accessible_description(
        "That is not your password. Check Caps Lock, then type it again."
    )
    password.fill(visitor.person.password)
    visitor.button("Continue").click()

    expect(visitor.page.get_by_text("Logged out everywhere else.")).to_be_visible()
    assert not any(is_live(visitor, headers) for headers in others)
    # The session is another one by now, and its cookie has taken the place of the one before.
    visitor.page.reload()
    expect(visitor.page.get_by_text("You are logged in nowhere else.")).to_be_visible()


def test_changing_the_password(visitor: Visitor) -> None:
    elsewhere = log_in_elsewhere(visitor)
    visitor.go("Account")
    current = visitor.page.get_by_label("Current password", exact=True)
    new = visitor.page.get_by_label("New password", exact=True)

    current.fill("not it")
    new.fill("short")
    visitor.button("Change password").click()
    expect(visitor.page.get_by_text("Use at least 8 characters.")).to_be_visible()
    new.fill("another fine password")
    visitor.button("Change password").click()
    expect(visitor.page.get_by_text("That is not your password.")).to_be_visible()
    current.fill(visitor.person.password)
    visitor.button("Change password").click()
    expect(visitor.page.get_by_text("Your password is changed.")).to_be_visible()

    assert not is_live(visitor, elsewhere)
    visitor.log_out()
    visitor.log_in("another fine password")
    expect(visitor.heading("Account")).to_be_visible()


def test_changing_the_name(visitor: Visitor) -> None:
    visitor.go("Account")
    first, last = (visitor.page.get_by_label(label) for label in ("First name", "Last name"))
    expect(first).to_have_value("Ada")

    first.fill(" ")
    visitor.button("Save").click()
    expect(first).to_have_accessible_description("Enter your first name.")
    first.fill("Augusta")
    last.fill("King")
    visitor.button("Save").click()

    expect(visitor.page.get_by_text("Your name is saved.")).to_be_visible()
    expect(visitor.page.locator(".who")).to_have_text("Augusta")
    visitor.page.reload()
    expect(visitor.page.locator(".who")).to_have_text("Augusta")
    expect(last).to_have_value("King")


def test_security_events_come_page_by_page(visitor: Visitor) -> None:
    for _ in range(25):
        log_in_elsewhere(visitor)

    visitor.go("Events")
    rows = visitor.page.locator(".row")
    expect(rows).to_have_count(20)
    visitor.button("Show older ones").click()

    expect(rows).to_have_count(26)
    expect(visitor.button("Show older ones")).to_be_hidden()
    expect(rows.nth(20)).to_be_focused()


def test_the_export_is_a_file_with_everything(visitor: Visitor, tmp_path: Path) -> None:
    visitor.add("In the export")
    visitor.go("Account")

    with visitor.page.expect_download() as download:
        visitor.button("Export my data").click()

    download.value.save_as(tmp_path / "export.json")
    document = json.loads((tmp_path / "export.json").read_bytes())
    assert download.value.suggested_filename == "taskward.json"
    assert document["user"]["email"] == visitor.person.email
    assert [task["name"] for task in document["tasks"]] == ["In the export"]


def test_deleting_the_account_ends_it_in_every_tab(visitor: Visitor) -> None:
    other = visitor.another_tab()
    visitor.page.bring_to_front()
    visitor.go("Account")

    visitor.button("Delete my account").click()
    visitor.button("Cancel").click()
    expect(visitor.page.get_by_role("dialog")).to_have_count(0)
    visitor.button("Delete my account").click()
    visitor.give_password("Delete for good")

    for tab in (visitor, other):
        sentence = "Your account and everything in it are deleted."
        expect(tab.page.get_by_text(sentence)).to_be_visible()
    visitor.log_in()
    expect(visitor.page.get_by_text("do not belong together")).to_be_visible()
