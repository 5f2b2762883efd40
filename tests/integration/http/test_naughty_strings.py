"""Strings that programs stumble over, as names: they come back as sent, or are refused by name."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.integration.http.addresses import client_at
from tests.integration.http.people import PASSWORD, bearer, sign_up, signup_body
from tests.integration.http.problems import assert_problem
from tests.integration.http.running_server import RunningServer

KEPT = {
    "letters of many alphabets": "Ωμέγα Привет 你好 こんにちは 안녕 สวัสดี नमस्ते ሰላም",
    "right to left": "مرحبا בעולם",
    "bidirectional overrides": "\u202eexe.gpj\u202c\u2066a\u2069\u200f\u061c",
    "composed": "\u00e9\u00c5\uac00",
    "decomposed": "e\u0301A\u030a\u1100\u1161",
    "compatibility forms": "\ufb01\uff21\u2460\u2167\u1e9e\u0130\u0131",
    "another name for a letter": "\u212b\u2126\u2000x",
    "twenty combining marks on one letter": "Z" + "".join(map(chr, range(0x0300, 0x0314))),
    "a combining mark alone": "\u0301",
    "zero width": "a\u200b\u200c\u200d\u2060\ufeffb",
    "only zero width": "\u200b\u2060",
    "a byte order mark first": "\ufeffname",
    "soft hyphen and variation selectors": "a\u00adb\ufe0f\U000e0100",
    "a family": "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466",
    "a flag, a skin tone, a keycap": "\U0001f1e9\U0001f1ea\U0001f44d\U0001f3fd1\ufe0f\u20e3",
    "a flag of tags": "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "the last planes": "\U00020000\U000f0000\U0010ffff",
    "no characters": "\ufffe\uffff\ufdd0\ufffd",
    "line and paragraph separators": "a\u2028b\u2029c\u0085d",
    "controls above ASCII": "a\u0080\u009b31mb",
    "quotes": "'\"`\u2018\u2019\u201c\u201d\u00ab\u00bb'' \"\" \\' \\\"",
    "backslashes": "\\\\ \\n \\u0000 \\x00 \\",
    "SQL": "Robert'); DROP TABLE users; -- /* */ %27 OR 1=1 $$ E'\\x27'",
    "placeholders of SQL": "? ?1 :name @name $1 %s %(name)s %%",
    "patterns": "% _ * ? [a-z] (?:(a+)+)$ ^",
    "HTML": "<script>alert(1)</script><img src=x onerror=alert(1)>&lt;&#0;&amp;",
    "an attribute": "\" onmouseover=\"alert(1)\" x='",
    "XML": "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>&e;]]>",
    "templates": "{{7*7}} ${7*7} #{7*7} <%= 7*7 %> {% raw %} ${jndi:ldap://x/y} {0.__class__}",
    "formats": "%s%n%x%d {} {0} {name!r} %(a)s $(id) `id` $HOME",
    "paths": "../../etc/passwd C:\\CON NUL.txt file:///etc/passwd //x/y ~root",
    "a spreadsheet formula": "=1+1+cmd|' /C calc'!A0 +1 -1 @SUM(1)",
    "a log line": "x level=error msg=\"forged\" user=1 [31m",
    "words of programs": "null",
    "more words": "undefined NaN true None nil Infinity -0 1e309 0x0 __proto__",
    "a number": "0",
    "JSON": '{"isAdmin": true}',
    "a header": "x: y; Set-Cookie: a=b",
    "as long as it may be": "\U0001f600" * 100,
}  # fmt: skip # one a line
ONLY_SPACE = {
    "nothing": "",
    "spaces": "   ",
    "a no-break space": "\u00a0",
    "spaces of all widths": "\u2000\u2003\u2009\u202f\u205f\u3000\u1680",
    "line ends": "\r\n\u2028\u2029\u0085",
    "tabs": "\t\v\f",
}
NOT_TEXT = {
    "a NUL": r'"a\u0000b"',
    "only a NUL": r'"\u0000"',
    "a lone high surrogate": r'"\ud83d"',
    "a lone low surrogate": r'"a\ude00b"',
    "surrogates the wrong way round": r'"\ude00\ud83d"',
}
CONTROLS = {
    "a line end inside": "a\nb",
    "a carriage return": "a\rb",
    "a tab inside": "a\tb",
    "a bell": "a\x07b",
    "an escape sequence": "\x1b[31mred\x1b[0m",
    "a delete": "a\x7fb",
    "separators of ASCII": "a\x1c\x1d\x1e\x1fb",
}
ALL = {**KEPT, **CONTROLS}


def cases(strings: dict[str, str]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("text", strings.values(), ids=strings)


def literal_with(body: dict[str, Any], member: str, literal: str) -> bytes:
    """The body as JSON, with a member's value written as given."""
    mark = "--here--"
    return json.dumps({**body, member: mark}).replace(f'"{mark}"', literal).encode()


def as_sent(answer: httpx.Response, text: str) -> None:
    """The answer holds these very characters, in UTF-8."""
    assert answer.is_success, answer.text
    assert json.dumps(text, ensure_ascii=False).encode() in answer.content


@pytest.fixture
def newcomer(server: RunningServer) -> Iterator[httpx.Client]:
    with client_at(server) as client:
        yield client


class TestTheNameOfATask:
    @cases(ALL)
    def test_comes_back_as_sent(self, person: httpx.Client, text: str) -> None:
        added = person.post("/api/tasks", json={"name": text})
        person.put("/api/tasks", json={"id": 1, "name": "another"})
        changed = person.put("/api/tasks", json={"id": 1, "name": text})

        as_sent(added, text)
        as_sent(changed, text)
        as_sent(person.get("/api/tasks/1"), text)
        assert [task["name"] for task in person.get("/api/tasks").json()] == [text]
        assert [task["name"] for task in person.get("/api/users/export").json()["tasks"]] == [text]

    def test_has_its_spaces_kept(self, person: httpx.Client) -> None:
        as_sent(person.post("/api/tasks", json={"name": " a  b \u3000"}), " a  b \u3000")

    @cases(ONLY_SPACE)
    def test_is_refused_when_it_is_blank(self, person: httpx.Client, text: str) -> None:
        problem = assert_problem(person.post("/api/tasks", json={"name": text}), 400, "T02")

        assert "name is missing" in problem["error"]

    @cases(NOT_TEXT)
    def test_is_refused_when_it_is_no_text(self, person: httpx.Client, text: str) -> None:
        assert_refused(person, "/api/tasks", literal_with({}, "name", text), "T02")
        assert person.get("/api/tasks").json() == []

    def test_is_refused_when_it_is_too_long(self, person: httpx.Client) -> None:
        kept = person.post("/api/tasks", json={"name": "\U0001f600" * 500})
        refused = person.post("/api/tasks", json={"name": "\U0001f600" * 501})

        as_sent(kept, "\U0001f600" * 500)
        assert '"name"' in assert_problem(refused, 400, "T02")["error"]


@pytest.mark.parametrize("member", ["firstName", "lastName"])
class TestTheNameOfAPerson:
    @cases(KEPT)
    def test_comes_back_as_sent(self, newcomer: httpx.Client, member: str, text: str) -> None:
        person = sign_up(newcomer, **{member: text})
        tokens = person.log_in(newcomer)

        info = newcomer.get("/api/users/info", headers=bearer(tokens))

        as_sent(info, text)
        assert info.json()[member] == text
        assert newcomer.get("/api/users/export", headers=bearer(tokens)).json()["user"][member] == (
            text
        )
        if member == "firstName":
            assert tokens["firstName"] == text

    def test_loses_the_space_around_it(self, newcomer: httpx.Client, member: str) -> None:
        tokens = sign_up(newcomer, **{member: "\u3000 Ada B. \u00a0"}).log_in(newcomer)

        info = newcomer.get("/api/users/info", headers=bearer(tokens)).json()

        assert info[member] == "Ada B."

    @cases({**ONLY_SPACE, **CONTROLS, "too long": "\U0001f600" * 101})
    def test_is_refused_by_name(self, newcomer: httpx.Client, member: str, text: str) -> None:
        body = signup_body("naughty@example.org", **{member: text})

        problem = assert_problem(newcomer.post("/api/users/signup", json=body), 400, "S01")

        assert {"firstName": "first name", "lastName": "last name"}[member] in problem["error"]

    @cases(NOT_TEXT)
    def test_is_refused_when_it_is_no_text(
        self, newcomer: httpx.Client, member: str, text: str
    ) -> None:
        body = literal_with(signup_body("naughty@example.org"), member, text)

        assert_refused(newcomer, "/api/users/signup", body, "S01")


class TestAnEmailAddress:
    @cases({name: text for name, text in KEPT.items() if name != "as long as it may be"})
    def test_comes_back_as_sent_or_is_refused_by_name(
        self, newcomer: httpx.Client, text: str
    ) -> None:
        email = f"{text}@{text}.example.org"

        answer = newcomer.post("/api/users/signup", json=signup_body(email))

        if answer.status_code == 400:
            assert "email address is not valid" in assert_problem(answer, 400, "S01")["error"]
            return
        # An address is compared, and kept, in lower case.
        as_sent(answer, email.strip().lower())
        login = {"email": email, "password": PASSWORD}
        assert newcomer.post("/api/users/login", json=login).status_code == 200

    def test_of_another_alphabet_is_kept(self, newcomer: httpx.Client) -> None:
        kept = [
            "я@пример.рф",
            "e\u0301@example.org",
            "\u00e9@example.org",
            "\U0001f600@example.org",
        ]

        for email in kept:
            as_sent(newcomer.post("/api/users/signup", json=signup_body(email)), email)

    @cases({name: text for name, text in {**ONLY_SPACE, **CONTROLS}.items() if text})
    def test_is_refused_with_space_or_controls_in_it(
        self, newcomer: httpx.Client, text: str
    ) -> None:
        for email in (f"a{text}b@example.org", f"a@exam{text}ple.org", f"a@{text}"):
            answer = newcomer.post("/api/users/signup", json=signup_body(email))

            assert "email address" in assert_problem(answer, 400, "S01")["error"]

    @pytest.mark.parametrize("path", ["/api/users/signup", "/api/users/login"])
    @cases(NOT_TEXT)
    def test_is_refused_when_it_is_no_text(
        self, newcomer: httpx.Client, path: str, text: str
    ) -> None:
        members = signup_body("x") if path.endswith("signup") else {"password": PASSWORD}

        body = literal_with(members, "email", text)

        assert_refused(newcomer, path, body, "S01" if path.endswith("signup") else "L01")


def assert_refused(client: httpx.Client, path: str, body: bytes, code: str) -> None:
    headers = {"Content-Type": "application/json"}
    assert_problem(client.post(path, content=body, headers=headers), 400, code)
