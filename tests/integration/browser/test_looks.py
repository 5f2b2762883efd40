"""What every view looks like, light and dark, wide and narrow, and to a screen reader.

Pictures are kept where the environment variable SCREENSHOTS says: ``make screenshots``.
"""

import os
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.integration.browser.test_second_factor import (
    begin,
    code_field,
    enter_code,
    scan,
)
from tests.integration.browser.visitor import Visitor, complaints_of
from tests.integration.http.authenticator import enrol
from tests.integration.http.people import bearer, sign_up
from tests.integration.http.running_server import RunningServer

TOOLS = Path(__file__).parents[3] / "tools" / "web"
WIDE = ViewportSize(width=1440, height=900)
NARROW = ViewportSize(width=360, height=740)
TASKS = [
    "Sort the photographs from the summer",
    "Ring the dentist",
    "Write to the landlord about the boiler, and ask when somebody can come to look at it",
    "Find out what the neighbours planted along the fence",
    "Return the library books",
    "Book the ferry to Harwich",
]
DONE = ["Return the library books", "Ring the dentist"]
OTHER_DEVICES = [
    "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0",
    (
        "Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
        "Version/18.5 Mobile/15E148 Safari/604.1"
    ),
]
THIS_DEVICE = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/141.0.0.0 Safari/537.36"
)


@pytest.fixture(scope="module")
def axe() -> str:
    spec = find_spec("axe_playwright_python")
    assert spec
    assert spec.submodule_search_locations
    return (Path(spec.submodule_search_locations[0]) / "axe.min.js").read_text()


@pytest.fixture(scope="module")
def visitor(chromium: Browser, server: RunningServer) -> Visitor:
    """Somebody who has used Taskward for a while."""
    context = chromium.new_context(
        base_url=server.base_url,
        locale="en-GB",
        user_agent=THIS_DEVICE,
        reduced_motion="reduce",
        viewport=WIDE,
    )
    visitor = Visitor.arrive(context, server)
    for user_agent in OTHER_DEVICES:
        with server.client() as client:
            client.headers["User-Agent"] = user_agent
            headers = bearer(visitor.person.log_in(client))
            body = {"email": visitor.person.email, "password": "mistyped"}
            client.post("/api/users/login", json=body)
    with server.client() as client:
        for name in TASKS:
            task = {"name": name, "isCompleted": name in DONE}
            assert client.post("/api/tasks", json=task, headers=headers).status_code == 201
    visitor.page.reload()
    expect(visitor.names).to_have_count(len(TASKS) - len(DONE))
    return visitor


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
class TestEveryView:
    @pytest.fixture(autouse=True)
    def _seen_so(self, visitor: Visitor, scheme: Any, size: ViewportSize) -> None:
        visitor.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        visitor.page.set_viewport_size(size)

    @pytest.mark.parametrize("name", ["Tasks", "Sessions", "Events", "Account"])
    def test_is_in_order(
        self, visitor: Visitor, name: str, axe: str, request: pytest.FixtureRequest
    ) -> None:
        visitor.go(name)
        expect(visitor.page.get_by_text("Loading")).to_have_count(0)
        if name == "Tasks":
            visitor.show("All")
        visitor.page.evaluate("scrollTo(0, 0)")

        check(visitor.page, axe, request, name.lower())

    def test_is_in_order_with_a_dialog_and_a_message(
        self, visitor: Visitor, axe: str, request: pytest.FixtureRequest
    ) -> None:
        visitor.go("Tasks")
        visitor.show("All")
        visitor.task(TASKS[0]).focus()
        visitor.page.keyboard.press("Delete")
        check(visitor.page, axe, request, "undo")
        visitor.page.keyboard.press("u")
        visitor.page.keyboard.press("?")

        check(visitor.page, axe, request, "help")

        visitor.page.keyboard.press("Escape")

    def test_is_in_order_while_a_second_factor_is_set_up(
        self, visitor: Visitor, axe: str, request: pytest.FixtureRequest
    ) -> None:
        begin(visitor)
        scan(visitor)

        check(visitor.page, axe, request, "set-up")

        visitor.button("Cancel").click()
        expect(visitor.button("Set up")).to_be_visible()

    def test_is_in_order_where_a_second_factor_is_asked_for(
        self,
        chromium: Browser,
        server: RunningServer,
        axe: str,
        scheme: Any,
        size: ViewportSize,
        request: pytest.FixtureRequest,
    ) -> None:
        page = chromium.new_page(base_url=server.base_url, color_scheme=scheme, viewport=size)
        with server.client() as client:
            person = sign_up(client)
        member, app = Visitor(page, server, person), enrol(server, person)
        page.goto("/")
        member.log_in()
        expect(code_field(member)).to_be_focused()
        check(page, axe, request, "code")
        enter_code(member, app.recovery_codes[0])
        member.see_tasks()
        member.go("Account")
        member.button("Remove").click()
        member.give_password("Remove it")
        expect(code_field(member)).to_be_focused()

        check(page, axe, request, "code-again")

        page.close()

    def test_is_in_order_where_everybody_has_to_set_one_up(
        self,
        chromium: Browser,
        strict_server: RunningServer,
        axe: str,
        scheme: Any,
        size: ViewportSize,
        request: pytest.FixtureRequest,
    ) -> None:
        page = chromium.new_page(
            base_url=strict_server.base_url, color_scheme=scheme, viewport=size
        )
        with strict_server.client() as client:
            newcomer = Visitor(page, strict_server, sign_up(client))
        page.goto("/")
        newcomer.log_in()
        scan(newcomer)

        check(page, axe, request, "set-up-first")

        page.close()

    def test_is_in_order_with_no_task_and_without_the_network(
        self,
        chromium: Browser,
        server: RunningServer,
        axe: str,
        scheme: Any,
        size: ViewportSize,
        request: pytest.FixtureRequest,
    ) -> None:
        context = chromium.new_context(
            base_url=server.base_url,
            color_scheme=scheme,
            viewport=size,
            reduced_motion="reduce",
        )
        newcomer = Visitor.arrive(context, server)
        check(newcomer.page, axe, request, "empty")

        with newcomer.offline():
            newcomer.jot_down("Made on the train")
            expect(newcomer.waiting).to_have_count(1)
            check(newcomer.page, axe, request, "offline")

        context.close()

    def test_is_in_order_before_anybody_is_logged_in(
        self,
        chromium: Browser,
        server: RunningServer,
        axe: str,
        scheme: Any,
        size: ViewportSize,
        request: pytest.FixtureRequest,
    ) -> None:
        page = chromium.new_page(base_url=server.base_url, color_scheme=scheme, viewport=size)
        page.goto("/")
        page.get_by_role("button", name="Log in").click()
        check(page, axe, request, "login")
        page.get_by_role("link", name="Make an account").click()
        expect(page.get_by_label("First name")).to_be_visible()

        check(page, axe, request, "signup")
        page.goto("/#/set-password/a-link")
        expect(page.get_by_label("New password", exact=True)).to_be_visible()

        check(page, axe, request, "set-password")

        page.close()


def test_the_markup_that_the_scripts_make_is_valid(visitor: Visitor, tmp_path: Path) -> None:
    if not (TOOLS / "node_modules").is_dir():
        pytest.skip("NO NODE: the markup is unchecked. Install Node.js, then run make web.")
    for name in ("Tasks", "Sessions", "Events", "Account"):
        visitor.go(name)
        expect(visitor.page.get_by_text("Loading")).to_have_count(0)
        (tmp_path / f"{name}.html").write_text(visitor.page.content())
    begin(visitor)
    scan(visitor)
    (tmp_path / "Set-up.html").write_text(visitor.page.content())
    visitor.button("Cancel").click()

    command = [TOOLS / "node_modules/.bin/html-validate", "--config", TOOLS / "rendered.json"]
    found = subprocess.run(
        [str(part) for part in (*command, tmp_path)], check=False, capture_output=True, text=True
    )

    assert found.returncode == 0, found.stdout + found.stderr


def test_nothing_moves_for_those_who_want_it_so(visitor: Visitor) -> None:
    durations = visitor.page.evaluate(
        """() => [...document.querySelectorAll("*")].flatMap((element) => {
            const style = getComputedStyle(element);
            return [style.transitionDuration, style.animationDuration];
        })"""
    )

    assert {part.strip() for value in durations for part in value.split(",")} == {"0s"}


def test_the_browser_has_nothing_to_complain_about(visitor: Visitor) -> None:
    complaints = complaints_of(visitor.page)

    visitor.page.reload()
    for name in ("Tasks", "Sessions", "Events", "Account"):
        visitor.go(name)
        expect(visitor.page.get_by_text("Loading")).to_have_count(0)

    assert complaints == []


def check(page: Page, axe: str, request: pytest.FixtureRequest, name: str) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it scrolls aside"
    page.mouse.move(0, 0)
    if "SCREENSHOTS" in os.environ:
        params = request.node.callspec.params
        width = params["size"]["width"]
        folder = Path(os.environ["SCREENSHOTS"])
        # Hiding the caret would leave styles in the markup.
        path = folder / f"{name}-{params['scheme']}-{width}.png"
        page.screenshot(path=path, caret="initial")
    page.evaluate(axe)
    found: list[dict[str, Any]] = page.evaluate("axe.run().then(({violations}) => violations)")
    assert [summary(violation) for violation in found] == []


def summary(violation: dict[str, Any]) -> str:
    places = ", ".join(str(node["target"]) for node in violation["nodes"])
    return f"{violation['id']}: {violation['help']} at {places}"
