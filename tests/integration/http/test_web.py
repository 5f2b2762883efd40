"""The page as it is served; what it does is tested in a browser."""

import re
from importlib.resources import files
from pathlib import Path

import falcon
import falcon.testing
import httpx
import pytest

from entrypoints.http.web import WebPageResource

WEB = files("entrypoints") / "web"
PAGE, WORKER = "index.html", "service_worker.js"
ASSETS = sorted(file.name for file in WEB.iterdir() if file.name not in (PAGE, WORKER))


def version_in(page: str) -> str:
    """Under which the page names its files, all of them."""
    (version,) = set(re.findall(r'"/assets/(\w+)/[\w.]+"', page))
    return str(version)


def version_of(resource: WebPageResource) -> str:
    return version_in(served_by(resource).text)


def served_by(resource: WebPageResource) -> falcon.testing.Result:
    app = falcon.App()
    app.add_route("/", resource)
    return falcon.testing.TestClient(app).simulate_get("/")


@pytest.fixture
def version(anonymous: httpx.Client) -> str:
    return version_in(anonymous.get("/").text)


def test_the_page_is_html_under_a_strict_policy(anonymous: httpx.Client) -> None:
    answer = anonymous.get("/")

    policy = dict(
        part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; ")
    )
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["object-src"] == policy["base-uri"] == "'none'"
    for kind in ("script-src", "style-src", "connect-src", "img-src", "worker-src"):
        assert policy[kind] == "'self'"
    assert policy["require-trusted-types-for"] == "'script'"


def test_the_page_has_no_script_or_style_of_its_own() -> None:
    page = (WEB / PAGE).read_text()

    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", page)
    assert not re.search(r"https?://", page)


def test_the_page_itself_is_asked_for_each_time(anonymous: httpx.Client) -> None:
    first = anonymous.get("/")
    again = anonymous.get("/", headers={"If-None-Match": first.headers["ETag"]})

    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert first.headers["Cache-Control"] == again.headers["Cache-Control"] == "no-cache"


def test_the_page_is_another_one_where_sign_up_is_closed() -> None:
    is_open, is_closed = (served_by(WebPageResource(each)) for each in ("open", "closed"))

    assert '<html lang="en" data-signup="open">' in is_open.text
    assert '<html lang="en" data-signup="closed">' in is_closed.text
    assert is_open.headers["ETag"] != is_closed.headers["ETag"]


@pytest.mark.parametrize("name", ASSETS)
def test_a_file_is_kept_for_good_under_its_version(
    anonymous: httpx.Client, version: str, name: str
) -> None:
    first = anonymous.get(f"/assets/{version}/{name}")
    again = anonymous.get(
        f"/assets/{version}/{name}", headers={"If-None-Match": first.headers["ETag"]}
    )

    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert first.content == (WEB / name).read_bytes()
    assert first.headers["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize(
    "name",
    ["nothing.js", PAGE, WORKER, "..%2fhttp%2fapp.py", "..%5capp.py", "%00", "."],
)
def test_what_is_no_file_of_the_page_is_not_found(
    anonymous: httpx.Client, version: str, name: str
) -> None:
    assert anonymous.get(f"/assets/{version}/{name}").status_code == 404


def test_a_file_of_another_version_is_not_found_and_not_kept(anonymous: httpx.Client) -> None:
    answer = anonymous.get("/assets/0123456789abcdef/main.js")

    assert answer.status_code == 404
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("name", ["index.html", "tokens.css", "service_worker.js"])
def test_with_another_file_every_file_has_another_address(tmp_path: Path, name: str) -> None:
    for file in WEB.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    before = version_of(WebPageResource("open", tmp_path))

    (tmp_path / name).write_bytes((tmp_path / name).read_bytes() + b"\n")

    assert version_of(WebPageResource("open", tmp_path)) != before


def test_the_worker_may_fetch_and_nothing_else(anonymous: httpx.Client) -> None:
    answer = anonymous.get("/service-worker.js")

    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["Content-Security-Policy"] == (
        "default-src 'none'; connect-src 'self'; object-src 'none'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    )


def test_every_module_is_fetched_at_once_instead_of_one_after_the_other() -> None:
    page = (WEB / PAGE).read_text()
    preloaded = set(re.findall(r'rel="modulepreload" href="/assets/([\w.]+)"', page))

    modules = {name for name in ASSETS if name.endswith(".js")}
    assert preloaded == modules - {"main.js", "types.js"}


def test_every_file_that_is_named_is_there() -> None:
    named = set(re.findall(r"/assets/([\w.]+)", (WEB / PAGE).read_text()))
    for name in ASSETS:
        if name.endswith(".js"):
            named |= set(re.findall(r'from "\./([\w.]+)"', (WEB / name).read_text()))

    assert named <= set(ASSETS)
