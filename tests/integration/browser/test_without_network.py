"""The page comes up without the server, and nothing of anybody is kept for that."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.integration.browser.conftest import NewContext
from tests.integration.browser.visitor import Visitor, complaints_of
from tests.integration.http.running_server import RunningServer, until

KEPT = """async () => {
    const paths = [];
    for (const name of await caches.keys()) {
        const requests = await (await caches.open(name)).keys();
        paths.push(...requests.map(({ url }) => new URL(url).pathname));
    }
    return paths;
}"""
KEPT_PAGE = "async () => (await caches.match('/')).text()"
WORKERS = "async () => (await navigator.serviceWorker.getRegistrations()).length"
IS_READY = """async () =>
    (await navigator.serviceWorker.getRegistration())?.active?.state === "activated"
"""


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[RunningServer]:
    """One that can be stopped."""
    with RunningServer(tmp_path / "data", {"WORKERS": "1"}) as running:
        yield running


@pytest.fixture
def regular(new_context: NewContext, own_server: RunningServer) -> Visitor:
    """Somebody whose browser has had the time to keep the page."""
    visitor = Visitor.arrive(new_context(own_server.base_url), own_server)
    wait_until_kept(visitor.page)
    return visitor


def wait_until_kept(page: Page) -> None:
    until(lambda: page.evaluate(IS_READY) and "/" in kept_by(page), "the page is kept")


def kept_by(page: Page) -> list[str]:
    kept: list[str] = page.evaluate(KEPT)
    return kept


def version_of(page: Page) -> str:
    source = page.locator("script").get_attribute("src")
    assert source
    return source.split("/")[2]


def test_a_reload_shows_what_was_done_and_takes_more(
    regular: Visitor, own_server: RunningServer
) -> None:
    regular.add("On the server")
    own_server.stop()
    regular.jot_down("Before the reload")
    regular.composer.fill("Half a tho")

    regular.page.reload()

    expect(regular.task("Before the reload")).to_be_visible()
    expect(regular.composer).to_have_value("Half a tho")
    expect(regular.banner).to_contain_text("You are offline.")
    expect(regular.page.get_by_text("Ada")).to_be_visible()
    regular.jot_down("After the reload")
    own_server.start()
    expect(regular.banner).to_be_empty()
    regular.settle()
    expect(regular.names).to_have_text(["After the reload", "Before the reload", "On the server"])
    assert sorted(regular.stored_names()) == sorted(regular.names.all_text_contents())


def test_a_new_name_that_is_being_typed_outlives_a_reload(
    regular: Visitor, own_server: RunningServer
) -> None:
    regular.add("Old name")
    own_server.stop()
    regular.button("Rename Old name").click()
    regular.page.get_by_label("New name").fill("New name of it")

    regular.page.reload()
    own_server.start()

    expect(regular.task("New name of it")).to_be_visible()


def test_a_tab_that_is_opened_offline_goes_on_where_the_last_one_was(
    regular: Visitor, own_server: RunningServer
) -> None:
    context = regular.page.context
    regular.page.close()
    own_server.stop()

    tab = Visitor(context.new_page(), own_server, regular.person)
    tab.page.goto("/")

    tab.jot_down("Offline from the start")
    own_server.start()
    tab.settle()
    assert tab.stored_names() == ["Offline from the start"]


def test_nothing_but_the_page_and_its_files_is_kept(regular: Visitor) -> None:
    regular.add("A secret")
    for place in ("Sessions", "Events", "Account", "Tasks"):
        regular.go(place)
    regular.page.reload()
    regular.see_tasks()

    kept = kept_by(regular.page)

    prefix = f"/assets/{version_of(regular.page)}/"
    assert "/" in kept
    assert f"{prefix}main.js" in kept
    assert all(path == "/" or path.startswith(prefix) for path in kept)


def test_another_release_is_there_at_the_next_visit_and_offline_after_that(
    regular: Visitor, own_server: RunningServer
) -> None:
    before = version_of(regular.page)
    next_one = "f" * 16

    def release(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace(before, next_one))

    def serve(route: Route) -> None:
        route.continue_(url=route.request.url.replace(next_one, before))

    regular.page.context.route(f"{own_server.base_url}/", release)
    regular.page.context.route(f"**/assets/{next_one}/*", serve)
    regular.page.reload()
    regular.see_tasks()
    assert version_of(regular.page) == next_one
    until(lambda: not any(before in path for path in kept_by(regular.page)), "it is kept")
    regular.page.context.unroute_all()
    own_server.stop()

    regular.page.reload()

    expect(regular.composer).to_be_visible()
    assert version_of(regular.page) == next_one


def test_another_setting_is_there_at_the_next_visit_and_offline_after_that(
    regular: Visitor, own_server: RunningServer
) -> None:
    own_server.stop()
    own_server.settings["SIGNUP"] = "closed"
    own_server.start()
    regular.page.reload()
    regular.see_tasks()
    until(lambda: 'data-signup="closed"' in regular.page.evaluate(KEPT_PAGE), "it is kept")
    own_server.stop()

    regular.page.reload()

    expect(regular.composer).to_be_visible()
    expect(regular.page.locator("html")).to_have_attribute("data-signup", "closed")


def test_a_server_in_trouble_does_not_take_the_page_away(regular: Visitor) -> None:
    regular.page.context.route("**/*", lambda route: route.fulfill(status=502, body="Bad gateway"))

    regular.page.reload()

    expect(regular.heading("Not yet")).to_be_visible()


def test_after_a_logout_it_is_nobodys_and_a_login_goes_on(
    regular: Visitor, own_server: RunningServer
) -> None:
    regular.add("A secret")
    regular.log_out()
    own_server.stop()

    regular.page.reload()

    expect(regular.heading("Log in")).to_be_visible()
    expect(regular.page.get_by_text("Ada")).to_have_count(0)
    own_server.start()
    regular.log_in()
    expect(regular.names).to_have_text(["A secret"])
    own_server.stop()
    regular.page.reload()
    expect(regular.composer).to_be_visible()


def test_what_is_served_in_the_place_of_taskward_is_left_alone(regular: Visitor) -> None:
    page = "<!doctype html><title>Another</title><h1>Another program</h1>"
    regular.page.context.route(
        f"{regular.server.base_url}/",
        lambda route: route.fulfill(body=page, content_type="text/html"),
    )

    regular.page.reload()

    expect(regular.heading("Another program")).to_be_visible()
    until(lambda: regular.page.evaluate(WORKERS) == 0, "the worker has gone")
    assert kept_by(regular.page) == []


def test_the_browser_does_not_complain_of_it(regular: Visitor) -> None:
    complaints = complaints_of(regular.page)

    regular.page.reload()
    regular.see_tasks()

    assert regular.page.evaluate(IS_READY)
    assert complaints == []
