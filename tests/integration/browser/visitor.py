"""What somebody does on the page, and what they see there."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

from playwright.sync_api import APIResponse, BrowserContext, Locator, Page, Route, expect

from tests.integration.http.people import Person, bearer, sign_up
from tests.integration.http.running_server import RunningServer, until

NO_TIMEOUT = "AbortSignal.timeout = () => new AbortController().signal"


@dataclass
class Visitor:
    page: Page
    server: RunningServer
    person: Person

    @classmethod
    def arrive(cls, context: BrowserContext, server: RunningServer) -> Self:
        """With an account, made elsewhere, and logged in here."""
        with server.client() as client:
            person = sign_up(client)
        visitor = cls(context.new_page(), server, person)
        visitor.page.goto("/")
        visitor.log_in()
        visitor.see_tasks()
        return visitor

    def another_tab(self) -> "Visitor":
        page = self.page.context.new_page()
        page.goto("/")
        visitor = Visitor(page, self.server, self.person)
        visitor.see_tasks()
        return visitor

    def see_tasks(self) -> None:
        """Wait for the server's answer: from then on the page rests."""
        expect(self.page.locator(".count")).to_contain_text("open")

    def log_in(self, password: str | None = None) -> None:
        self.page.get_by_label("Email").fill(self.person.email)
        self.page.get_by_label("Password", exact=True).fill(password or self.person.password)
        self.button("Log in").click()

    def give_password(self, button: str, password: str | None = None) -> None:
        """In the dialog that asks for it."""
        dialog = self.page.get_by_role("dialog")
        dialog.get_by_label("Password", exact=True).fill(password or self.person.password)
        self.button(button).click()

    def log_out(self) -> None:
        self.button("Log out").click()
        expect(self.heading("Log in")).to_be_visible()

    def go(self, place: str) -> None:
        """And be there."""
        link = self.page.get_by_role("navigation").get_by_role("link", name=place)
        link.click()
        expect(link).to_have_attribute("aria-current", "page")

    def add(self, *names: str) -> None:
        """And have them on the server."""
        self.jot_down(*names)
        self.settle()

    def settle(self) -> None:
        """Wait until all that was done has been sent."""
        key = "taskward.outbox"
        script = "key => Object.keys(localStorage).some(name => name.startsWith(key))"
        until(lambda: not self.page.evaluate(script, key), "all is sent")

    def jot_down(self, *names: str) -> None:
        for name in names:
            self.composer.fill(name)
            self.composer.press("Enter")
            expect(self.task(name)).to_be_visible()

    def show(self, which: str) -> None:
        self.page.locator(".segments").get_by_text(which, exact=True).click()

    @property
    def composer(self) -> Locator:
        return self.page.get_by_label("New task")

    @property
    def search(self) -> Locator:
        return self.page.get_by_label("Search tasks")

    @property
    def names(self) -> Locator:
        return self.page.locator(".task .name")

    @property
    def banner(self) -> Locator:
        return self.page.locator("#connection")

    @property
    def waiting(self) -> Locator:
        return self.page.get_by_text("Waiting to be sent").filter(visible=True)

    def task(self, name: str) -> Locator:
        return self.page.get_by_role("checkbox", name=name, exact=True)

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def heading(self, name: str) -> Locator:
        return self.page.get_by_role("heading", name=name, exact=True)

    @contextmanager
    def offline(self) -> Iterator[None]:
        self.page.context.set_offline(True)
        yield
        self.page.context.set_offline(False)

    def stored_tasks(self) -> list[dict[str, Any]]:
        """What the server has, asked for from elsewhere."""
        with self.server.client() as client:
            tokens = self.person.log_in(client)
            tasks: list[dict[str, Any]] = client.get("/api/tasks", headers=bearer(tokens)).json()
        return tasks

    def stored_names(self) -> list[str]:
        return [task["name"] for task in self.stored_tasks()]

    def requests(self, path: str) -> list[str]:
        """A list that grows with each request to that path, from any tab."""
        seen: list[str] = []
        self.page.context.on(
            "request", lambda request: seen.append(request.method) if path in request.url else None
        )
        return seen


def refuse(page: Page, pattern: str, status: int, times: int | None = None) -> None:
    """So many matching requests are answered with this status; all, unless it is told how many."""

    def answer(route: Route) -> None:
        route.fulfill(status=status, json={"error": "No.", "errorCode": "A02"})

    page.route(pattern, answer, times=times)


def lose_answer_once(page: Page, pattern: str, method: str) -> None:
    """The next matching request reaches the server, but its answer does not come back."""
    lost: list[Route] = []

    def forward(route: Route) -> None:
        if route.request.method != method or lost:
            route.fallback()
            return
        lost.append(route)
        route.fetch()
        route.abort()

    page.route(pattern, forward)


class HeldAnswer:
    """The next matching request reaches the server; its answer comes once it is let go.

    However long that takes, the page waits for it.
    """

    def __init__(self, page: Page, pattern: str, method: str) -> None:
        page.evaluate(NO_TIMEOUT)
        self._page = page
        self._method = method
        self._held: list[tuple[Route, APIResponse]] = []
        page.route(pattern, self._hold)

    def _hold(self, route: Route) -> None:
        if route.request.method != self._method or self._held:
            route.fallback()
        else:
            self._held.append((route, route.fetch()))

    def is_made(self) -> APIResponse:
        """Wait for the server to give it."""
        until(lambda: self._page.evaluate("true") and bool(self._held), "it has been asked for")
        return self._held[0][1]

    def let_go(self) -> None:
        answer = self.is_made()
        self._held[0][0].fulfill(response=answer)


def hold_request_once(page: Page, pattern: str, method: str) -> Callable[[], None]:
    """The next matching request is on its way until the result is called, and then arrives.

    However long that takes, the page waits for the answer.
    """
    page.evaluate(NO_TIMEOUT)
    held: list[Route] = []

    def hold(route: Route) -> None:
        if route.request.method != method or held:
            route.fallback()
            return
        held.append(route)

    def let_go() -> None:
        until(lambda: page.evaluate("true") and bool(held), "the request has been made")
        held[0].continue_()

    page.route(pattern, hold)
    return let_go


def complaints_of(page: Page) -> list[str]:
    """A list that grows with whatever the browser's console complains of."""
    complaints: list[str] = []
    page.on(
        "console",
        lambda message: (
            complaints.append(message.text) if message.type in {"error", "warning"} else None
        ),
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return complaints
