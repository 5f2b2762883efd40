"""The server has acted, and its answer does not come, or late: nobody is signed out by that."""

from datetime import timedelta
from threading import Event
from time import monotonic

import pytest
from playwright.sync_api import expect

from tests.integration.browser.conftest import NewContext
from tests.integration.browser.visitor import Visitor
from tests.integration.http.losing_proxy import LosingProxy, retries_since
from tests.integration.http.running_server import DEADLINE_SECONDS, RunningServer
from tests.integration.http.storage import Storage


class Loss:
    """Of those to one path the first answer gets lost, and ``shows`` says when that is seen."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.asked: list[bytes] = []
        self.shows = Event()

    def __call__(self, request: bytes) -> bool:
        if not request.startswith(f"POST {self.path} ".encode()):
            return False
        self.asked.append(request)
        if len(self.asked) > 1:
            return False
        self.shows.wait(DEADLINE_SECONDS)
        return True


@pytest.fixture(params=["closed connection", "silence"])
def shows_at_once(request: pytest.FixtureRequest) -> bool:
    """Whether the browser can see that the answer is lost, or only misses it."""
    return bool(request.param == "closed connection")


def test_a_refresh_is_asked_for_again(
    new_context: NewContext, server: RunningServer, shows_at_once: bool
) -> None:
    loss = Loss("/api/users/refresh_token")
    if shows_at_once:
        loss.shows.set()
    with LosingProxy(server.port, loss) as proxy:
        visitor = Visitor.arrive(new_context(proxy.base_url), server)
        began = monotonic()

        visitor.page.reload()

        visitor.see_tasks()
        loss.shows.set()
        visitor.page.reload()
        visitor.add("Still here")
        assert 3 <= len(loss.asked) <= 3 + retries_since(began)
        assert visitor.stored_names() == ["Still here"]


def test_a_password_given_again_is_given_once_more(
    new_context: NewContext, server: RunningServer, shows_at_once: bool
) -> None:
    loss = Loss("/api/users/reauthenticate")
    if shows_at_once:
        loss.shows.set()
    with LosingProxy(server.port, loss) as proxy:
        visitor = Visitor.arrive(new_context(proxy.base_url), server)
        with server.client() as elsewhere:
            visitor.person.log_in(elsewhere)
        visitor.go("Sessions")
        began = monotonic()
        Storage(server).let_logins_age(timedelta(hours=1))

        visitor.button("Log out everywhere else").click()
        visitor.give_password("Continue")

        expect(visitor.page.get_by_text("Logged out everywhere else.")).to_be_visible()
        loss.shows.set()
        assert 2 <= len(loss.asked) <= 2 + retries_since(began)
        visitor.page.reload()
        expect(visitor.page.get_by_text("You are logged in nowhere else.")).to_be_visible()
