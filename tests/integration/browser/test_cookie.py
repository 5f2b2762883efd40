"""The refresh cookie under TLS, as a browser keeps it."""

import pytest
from playwright.sync_api import Page, expect

from entrypoints.http.refresh_cookie import NAME
from tests.integration.browser.conftest import ELSEWHERE, SIBLING, NewContext
from tests.integration.browser.visitor import Visitor
from tests.integration.http.running_server import RunningServer


@pytest.fixture
def visitor(new_context: NewContext, tls_server: RunningServer) -> Visitor:
    """Somebody who is logged in, by https."""
    return Visitor.arrive(new_context(f"https://{ELSEWHERE}:{tls_server.port}"), tls_server)


@pytest.fixture
def page(new_context: NewContext, tls_server: RunningServer) -> Page:
    return new_context(tls_server.base_url).new_page()


def kept(page: Page) -> set[str]:
    """The names of the cookies, whichever host and path they are for."""
    return {cookie["name"] for cookie in page.context.cookies()}


def test_is_for_this_host_alone_and_outlives_a_reload_but_no_logout(visitor: Visitor) -> None:
    visitor.add("Still here")
    [cookie] = visitor.page.context.cookies()
    assert (cookie["name"], cookie["domain"], cookie["path"]) == (NAME, ELSEWHERE, "/")
    assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (True, True, "Strict")

    visitor.page.reload()
    expect(visitor.task("Still here")).to_be_visible()

    visitor.log_out()
    assert kept(visitor.page) == set()


def test_a_sibling_host_can_plant_none_of_its_name(page: Page, tls_server: RunningServer) -> None:
    page.goto(f"https://{SIBLING}:{tls_server.port}/")

    for name in (NAME, NAME.lower(), f"={NAME}", "__Secure-taskward-refresh"):
        page.evaluate(
            "cookie => { document.cookie = cookie }",
            f"{name}=planted; Domain={ELSEWHERE}; Path=/; Secure",
        )

    # With the other prefix it could.
    assert kept(page) == {"__Secure-taskward-refresh"}


@pytest.mark.parametrize(
    ("attributes", "is_kept"),
    [
        ("Path=/; Secure", True),
        ("Path=/api/users; Secure", False),
        ("Path=/", False),
    ],
)
def test_its_name_asks_for_the_whole_host_and_for_tls(
    page: Page, tls_server: RunningServer, attributes: str, is_kept: bool
) -> None:
    page.goto(f"https://{ELSEWHERE}:{tls_server.port}/")

    page.evaluate("cookie => { document.cookie = cookie }", f"{NAME}=planted; {attributes}")

    assert (NAME in kept(page)) == is_kept
