"""The life of a session, as somebody at the page meets it."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from time import monotonic

import pytest
from playwright.sync_api import Download, Page, Route, expect

from tests.integration.browser.conftest import ELSEWHERE, NewContext
from tests.integration.browser.visitor import (
    HeldAnswer,
    Visitor,
    complaints_of,
    hold_request_once,
    refuse,
)
from tests.integration.http.losing_proxy import retries_since
from tests.integration.http.people import PASSWORD, Person, bearer, sign_up
from tests.integration.http.running_server import RunningServer, until
from tests.integration.http.storage import Storage

REFRESH = "/api/users/refresh_token"
WAITS_FOR_TOKENS = """async () => {
    const { pending } = await navigator.locks.query();
    return pending.some(({ name }) => name === "taskward-refresh");
}"""


def most_refreshes_since(began: float) -> int:
    """With a token for two seconds, which is renewed when a quarter of that is left."""
    return int((monotonic() - began) / 1.5) + 1


def test_signing_up_reloading_logging_out_and_in_again(
    new_context: NewContext, server: RunningServer
) -> None:
    page = new_context(server.base_url).new_page()
    page.goto("/")
    visitor = Visitor(page, server, Person("newcomer@example.org"))

    page.get_by_role("link", name="Make an account").click()
    page.get_by_label("First name").fill("Ada")
    page.get_by_label("Last name").fill("Lovelace")
    page.get_by_label("Email").fill(visitor.person.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    visitor.button("Sign up").click()
    visitor.add("Still here")
    page.reload()
    expect(visitor.task("Still here")).to_be_visible()

    visitor.log_out()
    page.reload()
    expect(visitor.heading("Log in")).to_be_visible()
    assert page.context.cookies() == []

    visitor.log_in()
    expect(visitor.task("Still here")).to_be_visible()


def test_where_sign_up_is_closed_the_page_offers_none_and_says_who_opens_accounts(
    new_context: NewContext, tmp_path: Path
) -> None:
    settings = {"SIGNUP": "closed", "WORKERS": "1"}
    with RunningServer(tmp_path / "data", settings) as server:
        page = new_context(server.base_url).new_page()
        page.goto("/")
        expect(page.get_by_text("New here? Whoever runs this server")).to_be_visible()
        expect(page.get_by_role("link", name="Make an account")).to_have_count(0)

        page.goto("/#/signup")

        expect(page.get_by_role("heading", name="Make an account")).to_be_visible()
        expect(page.get_by_text("Ask them for one.")).to_be_visible()
        expect(page.get_by_role("textbox")).to_have_count(0)
        page.get_by_role("link", name="Log in").click()
        expect(page.get_by_role("button", name="Log in")).to_be_visible()


def test_no_token_is_where_a_script_of_a_later_visit_finds_it(visitor: Visitor) -> None:
    visitor.add("A secret")

    stored = visitor.page.evaluate(
        "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"
    )

    [cookie] = visitor.page.context.cookies()
    assert cookie["httpOnly"]
    assert "eyJ" not in stored
    assert cookie["value"] not in stored
    for known in ("A secret", visitor.person.email, visitor.person.password):
        assert known not in stored


def test_logging_out_is_one_click_away_wherever_one_is(visitor: Visitor) -> None:
    for place in ("Tasks", "Sessions", "Events", "Account"):
        visitor.go(place)
        expect(visitor.button("Log out")).to_be_in_viewport()


def test_a_wrong_password_is_explained_and_what_was_typed_stays(visitor: Visitor) -> None:
    visitor.log_out()

    visitor.log_in("not the password")

    expect(visitor.page.get_by_role("alert").get_by_text("do not belong together")).to_be_visible()
    expect(visitor.page.get_by_label("Email")).to_have_value(visitor.person.email)


def test_what_is_missing_is_said_beside_the_field(visitor: Visitor) -> None:
    visitor.log_out()

    visitor.button("Log in").click()

    email = visitor.page.get_by_label("Email")
    expect(email).to_be_focused()
    expect(email).to_have_attribute("aria-invalid", "true")
    expect(email).to_have_accessible_description("Enter your email.")


def test_work_goes_on_when_the_access_token_expires(hasty_visitor: Visitor) -> None:
    refreshes = hasty_visitor.requests(REFRESH)
    began = monotonic()

    for number in range(4):
        hasty_visitor.add(f"Task {number}")
        hasty_visitor.page.wait_for_timeout(900)

    assert 1 <= len(refreshes) <= most_refreshes_since(began)
    assert len(hasty_visitor.stored_names()) == 4


def test_a_refused_access_token_is_renewed_once_and_the_call_repeated(visitor: Visitor) -> None:
    refreshes = visitor.requests(REFRESH)
    refuse(visitor.page, "**/api/tasks", 401, times=1)
    began = monotonic()

    with visitor.page.expect_response(lambda answer: answer.status == 201):
        visitor.add("Through")

    assert visitor.stored_names() == ["Through"]
    assert 1 <= len(refreshes) <= 1 + retries_since(began)


def test_tabs_share_one_refresh(hasty_visitor: Visitor) -> None:
    other = hasty_visitor.another_tab()
    refreshes = hasty_visitor.requests(REFRESH)
    began = monotonic()

    hasty_visitor.page.wait_for_timeout(6_000)

    assert 1 <= len(refreshes) <= most_refreshes_since(began)
    for visitor in (hasty_visitor, other):
        visitor.add(f"From {id(visitor)}")
    assert len(hasty_visitor.stored_names()) == 2


def test_tabs_that_reload_at_the_same_moment_stay_signed_in(visitor: Visitor) -> None:
    tabs = [visitor, visitor.another_tab(), visitor.another_tab()]

    for _ in range(3):
        for tab in tabs:
            tab.page.evaluate("setTimeout(() => location.reload(), 50)")
        for tab in tabs:
            tab.page.wait_for_timeout(100)
            expect(tab.composer).to_be_visible()

    visitor.add("All well")


def test_logging_out_logs_out_every_tab(visitor: Visitor) -> None:
    other = visitor.another_tab()
    visitor.add("A secret")
    expect(other.task("A secret")).to_be_visible()

    visitor.log_out()

    expect(other.page.get_by_text("You logged out in another tab.")).to_be_visible()
    expect(other.task("A secret")).to_have_count(0)
    other.log_in()
    expect(visitor.task("A secret")).to_be_visible()


def end_session_from_elsewhere(visitor: Visitor) -> None:
    with visitor.server.client() as client:
        client.headers.update(bearer(visitor.person.log_in(client)))
        assert client.delete("/api/sessions").status_code == 204


def notice_the_end(visitor: Visitor) -> None:
    """As a page does that asks the server once somebody looks at it again."""
    visitor.page.evaluate("dispatchEvent(new Event('visibilitychange'))")
    expect(visitor.page.get_by_text("Your session has ended.")).to_be_visible()


def test_a_session_ended_from_elsewhere_says_so_and_keeps_what_was_entered(
    visitor: Visitor,
) -> None:
    end_session_from_elsewhere(visitor)

    visitor.composer.fill("Entered just now")
    visitor.composer.press("Enter")

    expect(visitor.page.get_by_text("Your session has ended.")).to_be_visible()
    visitor.log_in()
    expect(visitor.task("Entered just now")).to_be_visible()
    visitor.settle()
    assert visitor.stored_names() == ["Entered just now"]


def test_a_session_that_ends_while_somebody_types_keeps_what_was_typed(visitor: Visitor) -> None:
    visitor.composer.fill("Not entered yet")
    end_session_from_elsewhere(visitor)

    notice_the_end(visitor)

    visitor.log_in()
    expect(visitor.composer).to_have_value("Not entered yet")
    visitor.composer.press("Enter")
    expect(visitor.task("Not entered yet")).to_be_visible()
    visitor.settle()
    assert visitor.stored_names() == ["Not entered yet"]


def test_a_session_that_ends_during_a_renaming_keeps_the_new_name(visitor: Visitor) -> None:
    visitor.add("Old name")
    visitor.button("Rename Old name").click()
    visitor.page.get_by_label("New name").fill("New name of it")
    # As in browsers that do not tell of it when what has the focus is removed.
    visitor.page.evaluate(
        "addEventListener('blur', (event) => event.stopImmediatePropagation(), true)"
    )
    end_session_from_elsewhere(visitor)

    notice_the_end(visitor)

    visitor.log_in()
    expect(visitor.task("New name of it")).to_be_visible()
    visitor.settle()
    assert visitor.stored_names() == ["New name of it"]


KEPT = "JSON.stringify([{...localStorage}, {...sessionStorage}])"


def test_a_logout_takes_along_all_that_any_tab_keeps_of_somebody(visitor: Visitor) -> None:
    visitor.add("A secret")
    other = visitor.another_tab()
    for tab in (visitor, other):
        tab.composer.fill("A secret thought")
    other.button("Rename A secret").click()
    other.page.get_by_label("New name").fill("A better secret")

    visitor.log_out()

    expect(other.heading("Log in")).to_be_visible()
    for tab in (visitor, other):
        assert "secret" not in tab.page.evaluate(KEPT)
    visitor.log_in()
    visitor.see_tasks()
    expect(visitor.composer).to_have_value("")
    assert visitor.stored_names() == ["A secret"]


def test_what_somebody_typed_is_not_shown_to_who_logs_in_after_them(visitor: Visitor) -> None:
    with visitor.server.client() as client:
        other = sign_up(client)
    visitor.composer.fill("A secret")
    end_session_from_elsewhere(visitor)
    notice_the_end(visitor)

    Visitor(visitor.page, visitor.server, other).log_in()

    visitor.see_tasks()
    expect(visitor.composer).to_have_value("")


@pytest.fixture
def successor(visitor: Visitor) -> Visitor:
    """Somebody else at the same tab, who has a task of the same number as the visitor's first."""
    with visitor.server.client() as client:
        person = sign_up(client, firstName="Grace")
        headers = bearer(person.log_in(client))
        client.post("/api/tasks", json={"name": "Grace's own"}, headers=headers)
    return Visitor(visitor.page, visitor.server, person)


def change_hands(before: Visitor, after: Visitor, name: str, *tabs: Visitor) -> None:
    """The session is ended from elsewhere, and another person logs in; the tabs hear of both."""
    end_session_from_elsewhere(before)
    before.page.reload()
    expect(before.heading("Log in")).to_be_visible()
    after.log_in()
    for tab in (after, *tabs):
        expect(tab.page.locator(".who")).to_have_text(name)


def stored(visitor: Visitor) -> list[tuple[str, bool]]:
    return [(task["name"], task["isCompleted"]) for task in visitor.stored_tasks()]


@pytest.mark.parametrize(
    ("method", "wanted"),
    [
        ("POST", [("Ada's own", False), ("Ada's other", False)]),
        ("PUT", [("Ada's own", True)]),
    ],
)
def test_a_change_on_its_way_is_not_made_to_who_logs_in_meanwhile(
    visitor: Visitor, successor: Visitor, method: str, wanted: list[tuple[str, bool]]
) -> None:
    visitor.add("Ada's own")
    other = visitor.another_tab()
    let_go = hold_request_once(other.page, "**/api/tasks", method)
    with other.page.expect_request(lambda request: request.method == method):
        if method == "POST":
            other.jot_down("Ada's other")
        else:
            other.task("Ada's own").click()

    change_hands(visitor, successor, "Grace", other)
    let_go()

    # The list is asked for once what was on its way has come to its end.
    successor.see_tasks()
    expect(successor.names).to_have_text(["Grace's own"])
    assert stored(successor) == [("Grace's own", False)]
    change_hands(successor, visitor, "Ada")
    visitor.see_tasks()
    visitor.settle()
    assert stored(visitor) == wanted


def save_name(visitor: Visitor) -> None:
    visitor.page.get_by_label("First name").fill("Augusta")
    visitor.button("Save").click()


def export(visitor: Visitor) -> None:
    visitor.button("Export my data").click()


def change_password(visitor: Visitor) -> None:
    visitor.page.get_by_label("Current password", exact=True).fill(visitor.person.password)
    visitor.page.get_by_label("New password", exact=True).fill("another battery staple")
    visitor.button("Change password").click()


def show_older_events(visitor: Visitor) -> None:
    visitor.button("Show older ones").click()


def log_out_elsewhere(visitor: Visitor) -> None:
    visitor.button("Log out everywhere else").click()


@pytest.mark.parametrize(
    ("place", "act", "method", "path", "status"),
    [
        ("Account", save_name, "PUT", "/api/users/info", 200),
        ("Account", export, "GET", "/api/users/export", 200),
        ("Account", change_password, "PUT", "/api/users/password", 204),
        ("Events", show_older_events, "GET", "/api/users/security-events*before=*", 200),
        ("Sessions", log_out_elsewhere, "DELETE", "/api/sessions", 403),
    ],
)
def test_an_answer_that_comes_late_is_not_for_who_logs_in_meanwhile(
    visitor: Visitor,
    successor: Visitor,
    place: str,
    act: Callable[[Visitor], None],
    method: str,
    path: str,
    status: int,
) -> None:
    for _ in range(21):
        with visitor.server.client() as elsewhere:
            visitor.person.log_in(elsewhere)
    Storage(visitor.server).let_logins_age(timedelta(hours=1))
    downloads: list[Download] = []

    def note(download: Download) -> None:
        downloads.append(download)

    visitor.page.on("download", note)
    visitor.go(place)
    answer = HeldAnswer(visitor.page, f"**{path}", method)
    act(visitor)
    assert answer.is_made().status == status
    visitor.button("Log out").click()
    expect(visitor.heading("Log in")).to_be_visible()
    successor.log_in()
    successor.go("Account")
    expect(successor.page.locator(".facts")).to_contain_text(successor.person.email)

    with visitor.page.expect_response(f"**{path}"):
        answer.let_go()

    # Whatever might come of it has come before the answer to this.
    successor.go("Sessions")
    expect(successor.page.get_by_text("This one")).to_be_visible()
    expect(successor.page.locator(".who")).to_have_text("Grace")
    expect(successor.page.locator(".toast, dialog")).to_have_count(0)
    assert downloads == []


def test_a_logout_also_ends_the_session_that_a_password_given_again_is_about_to_begin(
    visitor: Visitor,
) -> None:
    with visitor.server.client() as elsewhere:
        visitor.person.log_in(elsewhere)
    visitor.go("Sessions")
    Storage(visitor.server).let_logins_age(timedelta(hours=1))
    log_out_elsewhere(visitor)
    answer = HeldAnswer(visitor.page, "**/api/users/reauthenticate", "POST")
    visitor.give_password("Continue")
    assert answer.is_made().status == 200
    visitor.page.keyboard.press("Escape")

    visitor.button("Log out").click()
    until(lambda: visitor.page.evaluate(WAITS_FOR_TOKENS), "it waits for that session")
    answer.let_go()

    expect(visitor.heading("Log in")).to_be_visible()
    visitor.page.reload()
    expect(visitor.heading("Log in")).to_be_visible()
    assert visitor.page.context.cookies() == []


def test_a_late_deletion_of_an_account_takes_nothing_from_who_is_about_to_log_in(
    visitor: Visitor, successor: Visitor
) -> None:
    visitor.go("Account")
    visitor.button("Delete my account").click()
    answer = HeldAnswer(visitor.page, "**/api/users/delete_account", "POST")
    visitor.give_password("Delete for good")
    assert answer.is_made().status == 204
    visitor.page.keyboard.press("Escape")
    visitor.log_out()
    successor.page.get_by_label("Email").fill(successor.person.email)

    with visitor.page.expect_response("**/api/users/delete_account"):
        answer.let_go()

    expect(successor.page.get_by_label("Email")).to_have_value(successor.person.email)
    successor.log_in()
    expect(successor.page.locator(".who")).to_have_text("Grace")


def test_a_logout_on_its_way_deletes_nothing_of_who_logs_in_meanwhile_nor_logs_them_out(
    visitor: Visitor, successor: Visitor
) -> None:
    visitor.add("Ada's own")
    other = visitor.another_tab()
    let_go = hold_request_once(other.page, "**/api/tasks/*", "DELETE")
    other.button("Delete Ada's own").click()
    with other.page.expect_request(lambda request: request.method == "DELETE"):
        other.button("Log out").click()

    change_hands(visitor, successor, "Grace", other)
    let_go()

    successor.see_tasks()
    with successor.page.expect_response(lambda answer: answer.status == 201):
        successor.jot_down("Grace's other")
    successor.page.reload()
    for tab in (successor, other):
        expect(tab.names).to_have_text(["Grace's other", "Grace's own"])
    assert successor.stored_names() == ["Grace's own", "Grace's other"]


def test_a_logout_that_fails_late_is_not_told_to_who_logs_in_meanwhile(
    visitor: Visitor, successor: Visitor
) -> None:
    visitor.add("Ada's own")
    other = visitor.another_tab()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    other.page.route("**/api/tasks/*", hold)
    other.button("Delete Ada's own").click()
    with other.page.expect_request(lambda request: request.method == "DELETE"):
        other.button("Log out").click()
    change_hands(visitor, successor, "Grace", other)

    held[0].fulfill(status=503, json={"error": "No.", "errorCode": "unavailable"})

    # The list is asked for once what was on its way has come to its end.
    expect(other.names).to_have_text(["Grace's own"])
    expect(other.page.locator(".toast")).to_have_count(0)


def test_a_tab_that_has_not_heard_who_is_there_by_now_changes_nothing_of_theirs(
    visitor: Visitor, successor: Visitor
) -> None:
    visitor.add("Ada's own")
    context = visitor.page.context
    deaf = Visitor(context.new_page(), visitor.server, visitor.person)
    deaf.page.add_init_script("delete globalThis.BroadcastChannel")
    deaf.page.goto("/")
    deaf.see_tasks()
    change_hands(visitor, successor, "Grace")
    successor.see_tasks()

    deaf.task("Ada's own").click()

    expect(deaf.page.locator(".who")).to_have_text("Grace")
    deaf.see_tasks()
    expect(deaf.names).to_have_text(["Grace's own"])
    assert stored(successor) == [("Grace's own", False)]


def leave_unsent(visitor: Visitor, name: str) -> None:
    """Add a task without the network, until the session has ended."""
    with visitor.offline():
        visitor.jot_down(name)
        expect(visitor.banner).to_contain_text("You are offline.")
        end_session_from_elsewhere(visitor)
    expect(visitor.page.get_by_text("Your session has ended.")).to_be_visible()


def test_what_was_not_sent_waits_for_its_owner_while_somebody_else_comes_and_goes(
    visitor: Visitor, successor: Visitor
) -> None:
    leave_unsent(visitor, "Written on the train")

    successor.log_in()
    expect(successor.names).to_have_text(["Grace's own"])
    successor.log_out()

    visitor.log_in()
    expect(visitor.task("Written on the train")).to_be_visible()
    visitor.settle()
    assert visitor.stored_names() == ["Written on the train"]
    assert successor.stored_names() == ["Grace's own"]


def test_what_was_not_sent_waits_for_its_owner_while_somebody_else_deletes_their_account(
    visitor: Visitor, successor: Visitor
) -> None:
    leave_unsent(visitor, "Written on the train")

    successor.log_in()
    successor.go("Account")
    successor.button("Delete my account").click()
    successor.give_password("Delete for good")
    expect(successor.page.get_by_text("everything in it are deleted.")).to_be_visible()

    visitor.log_in()
    visitor.go("Tasks")
    expect(visitor.task("Written on the train")).to_be_visible()
    visitor.settle()
    assert visitor.stored_names() == ["Written on the train"]


def test_a_first_visit_asks_for_no_session_and_nothing_is_complained_of(
    new_context: NewContext, server: RunningServer
) -> None:
    page = new_context(server.base_url).new_page()
    visitor = Visitor(page, server, Person("nobody@example.org"))
    complaints, refreshes = complaints_of(page), visitor.requests(REFRESH)

    page.goto("/")

    expect(visitor.heading("Log in")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert (complaints, refreshes) == ([], [])


def test_after_a_logout_a_visit_is_like_the_first(visitor: Visitor) -> None:
    visitor.log_out()
    complaints, refreshes = complaints_of(visitor.page), visitor.requests(REFRESH)

    visitor.page.reload()

    expect(visitor.heading("Log in")).to_be_visible()
    visitor.page.wait_for_load_state("networkidle")
    assert (complaints, refreshes) == ([], [])


def test_a_session_of_which_the_cookie_is_gone_is_asked_for_once(visitor: Visitor) -> None:
    visitor.page.context.clear_cookies()
    refreshes = visitor.requests(REFRESH)
    began = monotonic()

    visitor.page.reload()
    expect(visitor.heading("Log in")).to_be_visible()
    assert 1 <= len(refreshes) <= 1 + retries_since(began)
    asked = len(refreshes)
    visitor.page.reload()
    expect(visitor.heading("Log in")).to_be_visible()
    assert len(refreshes) == asked


class Turnstile:
    """Tells the first logins that the server is busy, and lets the others pass."""

    def __init__(self, page: Page, refusals: int, retry_after: int = 0) -> None:
        self.came = 0
        self._refusals = refusals
        self._retry_after = retry_after
        page.route("**/api/users/login", self._turn)

    def _turn(self, route: Route) -> None:
        self.came += 1
        if self.came > self._refusals:
            route.continue_()
            return
        problem = {"error": "Too many people are signing in.", "errorCode": "busy"}
        headers = {"Retry-After": str(self._retry_after)}
        route.fulfill(status=503, headers=headers, json=problem)


def test_a_busy_server_is_asked_again_while_the_form_says_so(visitor: Visitor) -> None:
    visitor.log_out()
    turnstile = Turnstile(visitor.page, refusals=2, retry_after=1)

    visitor.log_in()

    expect(visitor.page.get_by_text("Still working on it")).to_be_visible()
    expect(visitor.page.locator("form")).to_have_attribute("aria-busy", "true")
    expect(visitor.composer).to_be_visible()
    assert turnstile.came == 3


def test_a_server_that_stays_busy_is_given_up_and_what_was_typed_stays(visitor: Visitor) -> None:
    visitor.log_out()
    turnstile = Turnstile(visitor.page, refusals=100)

    visitor.log_in()

    expect(visitor.page.get_by_text("Too many people are signing in")).to_be_visible()
    expect(visitor.page.get_by_text("Still working on it")).to_be_hidden()
    expect(visitor.page.get_by_label("Password", exact=True)).to_have_value(PASSWORD)
    assert turnstile.came == 6


def test_a_page_that_came_unencrypted_says_why_nobody_can_sign_in(
    new_context: NewContext, server: RunningServer
) -> None:
    page = new_context(server.base_url).new_page()

    page.goto(f"http://{ELSEWHERE}:{server.port}/")

    expect(page.get_by_role("alert").get_by_text("Signing in needs https")).to_be_visible()
