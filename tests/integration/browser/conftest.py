"""A real Chromium, and somebody in front of it.

It is the system's own, without windows if it comes so: ``make test`` installs it where it may.
Where there is none these tests are skipped.
"""

import shutil
from collections.abc import Callable, Iterator

import pytest
import trustme
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from tests.integration.browser.visitor import Visitor
from tests.integration.http.encrypted_server import encrypted_server
from tests.integration.http.running_server import RunningServer

FLAGS = [
    "--no-sandbox",  # root may not have one, and only our own page is opened
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--host-resolver-rules=MAP taskward.test 127.0.0.1,MAP *.taskward.test 127.0.0.1",
]
ELSEWHERE = "taskward.test"
"""A name for this machine that browsers do not know to be this machine's."""
SIBLING = f"evil.{ELSEWHERE}"
TIMEOUT = 20_000
LONG_MESSAGES = """
const original = setTimeout;
setTimeout = (act, time, ...more) => original(act, time === 5_000 ? 60_000 : time, ...more);
"""
"""What is told for five seconds is told for a minute, so that a slow test can read it."""

NewContext = Callable[[str], BrowserContext]
"""Makes a browser for a server's address."""


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    executable = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if executable is None:
        pytest.skip("NO BROWSER: the page is untested. Install Debian's package chromium.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        expect.set_options(timeout=TIMEOUT)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    settings = {"REFRESH_GRACE_SECONDS": "60"}  # a slow test has to ask again within it
    with RunningServer(tmp_path_factory.mktemp("page") / "data", settings) as running:
        yield running


@pytest.fixture(scope="session")
def hasty_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """Access tokens live for two seconds."""
    settings = {"ACCESS_TOKEN_SECONDS": "2"}
    with RunningServer(tmp_path_factory.mktemp("hasty") / "data", settings) as running:
        yield running


@pytest.fixture(scope="session")
def tls_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with encrypted_server(tmp_path_factory.mktemp("tls"), trustme.CA()) as running:
        yield running


@pytest.fixture(scope="session")
def strict_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """Nobody logs in there by a password alone."""
    settings = {"SECOND_FACTOR": "required"}
    with RunningServer(tmp_path_factory.mktemp("strict") / "data", settings) as running:
        yield running


@pytest.fixture
def new_context(chromium: Browser) -> Iterator[NewContext]:
    """Makes browsers that share nothing with each other; their tabs share everything."""
    contexts: list[BrowserContext] = []

    def new(base_url: str) -> BrowserContext:
        context = chromium.new_context(
            base_url=base_url,
            locale="en-GB",
            ignore_https_errors=True,  # it does not know the tests' own authority
        )
        context.set_default_timeout(TIMEOUT)
        context.add_init_script(LONG_MESSAGES)
        contexts.append(context)
        return context

    yield new
    for context in contexts:
        context.close()


@pytest.fixture
def visitor(new_context: NewContext, server: RunningServer) -> Visitor:
    """Somebody who is logged in, in one tab."""
    return Visitor.arrive(new_context(server.base_url), server)


@pytest.fixture
def hasty_visitor(new_context: NewContext, hasty_server: RunningServer) -> Visitor:
    return Visitor.arrive(new_context(hasty_server.base_url), hasty_server)
