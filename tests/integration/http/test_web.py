"""The page as it is served; what it does is tested in a browser."""

import re
from importlib.resources import files

import httpx
import pytest

WEB = files("entrypoints") / "web"
ASSETS = sorted(file.name for file in WEB.iterdir() if file.name != "index.html")


def test_the_page_is_html_under_a_strict_policy(anonymous: httpx.Client) -> None:
    answer = anonymous.get("/")

    policy = dict(
        part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; ")
    )
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    for kind in ("script-src", "style-src", "connect-src", "img-src"):
        assert policy[kind] == "'self'"
    assert policy["require-trusted-types-for"] == "'script'"


def test_the_page_has_no_script_or_style_of_its_own() -> None:
    page = (WEB / "index.html").read_text()

    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", page)
    assert not re.search(r"https?://", page)


@pytest.mark.parametrize("name", ASSETS)
def test_a_file_is_served_and_comes_from_the_cache_the_next_time(
    anonymous: httpx.Client, name: str
) -> None:
    first = anonymous.get(f"/assets/{name}")
    again = anonymous.get(f"/assets/{name}", headers={"If-None-Match": first.headers["ETag"]})
    other = anonymous.get(f"/assets/{name}", headers={"If-None-Match": '"another"'})

    assert (first.status_code, again.status_code, other.status_code) == (200, 304, 200)
    assert first.content == (WEB / name).read_bytes()
    assert first.headers["Cache-Control"] == again.headers["Cache-Control"] == "no-cache"
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.content == b""


@pytest.mark.parametrize(
    "name", ["nothing.js", "index.html", "..%2fhttp%2fapp.py", "..%5capp.py", "%00", "."]
)
def test_what_is_no_file_of_the_page_is_not_found(anonymous: httpx.Client, name: str) -> None:
    assert anonymous.get(f"/assets/{name}").status_code == 404


def test_every_module_is_fetched_at_once_instead_of_one_after_the_other() -> None:
    page = (WEB / "index.html").read_text()
    preloaded = set(re.findall(r'rel="modulepreload" href="/assets/([\w.]+)"', page))

    modules = {name for name in ASSETS if name.endswith(".js")}
    assert preloaded == modules - {"main.js", "types.js"}


def test_every_file_that_is_named_is_there() -> None:
    named = set(re.findall(r"/assets/([\w.]+)", (WEB / "index.html").read_text()))
    for name in ASSETS:
        if name.endswith(".js"):
            named |= set(re.findall(r'from "\./([\w.]+)"', (WEB / name).read_text()))

    assert named <= set(ASSETS)
