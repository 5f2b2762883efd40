"""Documents that are no JSON, or are but should not be, on every call that takes a body."""

import gzip
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.integration.http.addresses import client_at
from tests.integration.http.people import bearer, sign_up
from tests.integration.http.running_server import RunningServer

SECRET = "hunter2hunter2"
DEEP = 100_000

# What is put in the place of one member's value, or around the document, breaks it.
BROKEN_VALUES = {
    "NaN": b"NaN",
    "Infinity": b"-Infinity",
    "undefined": b"undefined",
    "a lone surrogate": rb'"\ud800"',
    "a lone low surrogate": rb'"\udc00 x"',
    "surrogates the wrong way round": rb'"\udc00\ud800"',
    "half a pair": rb'"\ud83d"',
    "an encoded surrogate": b'"\xed\xa0\x80"',
    "an overlong encoding": b'"\xc0\x80"',
    "a byte that is no UTF-8": b'"\xff"',
    "half a character": b'"\xe2\x82"',
    "Latin-1": '"é"'.encode("latin-1"),
    "a raw NUL": b'"a\x00b"',
    "a raw line break": b'"a\nb"',
    "a bad escape": rb'"\x41"',
    "half an escape": rb'"\u12"',
    "single quotes": b"'x'",
    "no end of string": b'"x',
    "a leading zero": b"01",
    "a hexadecimal number": b"0x10",
    "a plus": b"+1",
    "half a number": b"1.",
    "a trailing comma": b'"x",',
    "two values": b'"x" "y"',
    "a comment": b'"x" /* y */',
    "a deep array": b"[" * 30_000 + b"]" * 30_000,
    "an array that never ends": b"[" * 60_000,
    "a deep object": b'{"a":' * 12_000,
    "a very long number": b"9" * 60_000,
    "a number of another world": b"1e999999999",
}
BROKEN_DOCUMENTS = {
    "nothing": b"",
    "spaces": b" \r\n\t ",
    "a NUL": b"\x00",
    "null": b"null",
    "true": b"true",
    "a number": b"12",
    "a string": b'"x"',
    "an array": b"[]",
    "an array of objects": b"[{}]",
    "one brace": b"{",
    "two objects": b"{}{}",
    "a deep array": b"[" * DEEP + b"]" * DEEP,
    "a deep object": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "an object of objects": b'{"a":' * 10_000 + b"{}" + b"}" * 10_000,
    "XML": b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
    "a form": b"email=a%40b.c&password=x",
    "random bytes": bytes(range(256)),
    "a member without a name": b'{"": 1}',
    "a prototype": b'{"__proto__": {"isAdmin": true}, "constructor": {}}',
    "many members": b"{" + b",".join(b'"m%d":1' % n for n in range(5000)) + b"}",
}
# Valid JSON that means nothing good; what it is answered depends on the member.
ODD_VALUES = {
    "an escaped NUL": rb'"a\u0000b"',
    "only a NUL": rb'"\u0000"',
    "control characters": rb'"\u0001\u001f\u007f\u0080\u009f"',
    "no characters": rb'"\ufffe\uffff\ufdd0"',
    "an emoji as a pair": rb'"\ud83d\ude00"',
    "right to left": '"\u202eevil\u202c"'.encode(),
    "60,000 letters": b'"' + b"x" * 60_000 + b'"',
    "20,000 emoji": '"{}"'.format("😀" * 15_000).encode(),
    "combining marks": '"{}"'.format("\u0301" * 20_000).encode(),
    "nothing": b'""',
    "null": b"null",
    "an object": b"{}",
    "a large whole number": b"9007199254740993",
    "a larger one": b"123456789012345678901234567890",
    "minus zero": b"-0",
    "a fraction": b"1.5",
    "an exponent": b"1e3",
    "a boolean": b"true",
    "an injection": b'"\' OR 1=1; DROP TABLE users; --"',
    "a format": b'"%s%n{0}{__class__}${jndi:ldap://x}"',
}


class Calls:
    """Every call that takes a body, and how to make one that would be accepted in shape."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        self._document = client.get("/api/openapi.json").json()

    def __iter__(self) -> Iterator[tuple[str, str, dict[str, bytes]]]:
        for path, operations in self._document["paths"].items():
            for method, operation in operations.items():
                if "requestBody" in operation:
                    yield method.upper(), path, self._members(operation)

    def send(self, method: str, path: str, document: bytes, **headers: str) -> httpx.Response:
        sent = {"Content-Type": "application/json", **headers}
        return self.client.request(method, path, content=document, headers=sent)

    def _members(self, operation: dict[str, Any]) -> dict[str, bytes]:
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        name = schema["$ref"].rpartition("/")[2]
        properties = self._document["components"]["schemas"][name]["properties"]
        return {member: _sample(described) for member, described in properties.items()}


def _sample(described: dict[str, Any]) -> bytes:
    match described:
        case {"const": value}:
            return json.dumps(value).encode()
        case {"type": "integer"}:
            return b"1"
        case {"type": "boolean"}:
            return b"true"
        case {"format": "date-time"}:
            return b'"2024-05-06T07:08:09Z"'
        case _:
            return json.dumps(SECRET).encode()


def document_of(members: dict[str, bytes]) -> bytes:
    pairs = (json.dumps(name).encode() + b": " + value for name, value in members.items())
    return b"{" + b", ".join(pairs) + b"}"


def documents_with(members: dict[str, bytes], value: bytes) -> Iterator[bytes]:
    """The value in the place of each member's in turn."""
    for name in members:
        yield document_of({**members, name: value})


@pytest.fixture
def calls(server: RunningServer) -> Iterator[Calls]:
    with client_at(server) as client:
        client.headers.update(bearer(sign_up(client).log_in(client)))
        calls = Calls(client)
        assert len(list(calls)) >= 8
        before = len(server.lines)
        yield calls
        assert client.get("/api/tasks").json() == []
        assert client.get("/api/users/info").status_code == 200
    assert not [line for line in server.lines[before:] if "fault" in line or SECRET in line]


def assert_refused(answer: httpx.Response, call: str) -> None:
    assert answer.status_code in {400, 413}, (call, answer.text[:300])
    assert answer.headers["Content-Type"] == "application/problem+json", call
    problem = answer.json()
    assert problem["errorCode"] in {"L01", "R01", "S01", "T02", "content_too_large"}, call
    assert SECRET not in problem["error"], call
    assert len(problem["error"]) < 300, call


@pytest.mark.parametrize("document", BROKEN_DOCUMENTS.values(), ids=BROKEN_DOCUMENTS)
def test_what_is_no_object_is_refused(calls: Calls, document: bytes) -> None:
    for method, path, _ in calls:
        assert_refused(calls.send(method, path, document), path)


@pytest.mark.parametrize("value", BROKEN_VALUES.values(), ids=BROKEN_VALUES)
def test_a_value_that_is_no_json_is_refused(calls: Calls, value: bytes) -> None:
    for method, path, members in calls:
        for document in documents_with(members, value):
            assert_refused(calls.send(method, path, document), path)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "utf-8-sig"])
def test_another_encoding_is_refused(calls: Calls, encoding: str) -> None:
    for method, path, members in calls:
        text = document_of(members).decode().replace(SECRET, f"{SECRET}+é")

        assert_refused(calls.send(method, path, text.encode(encoding)), path)


def test_a_compressed_one_is_refused(calls: Calls) -> None:
    for method, path, members in calls:
        document = gzip.compress(document_of(members))
        answer = calls.send(method, path, document, **{"Content-Encoding": "gzip"})

        assert_refused(answer, path)


def test_one_that_is_cut_off_anywhere_is_refused(calls: Calls) -> None:
    for method, path, members in calls:
        document = document_of(members)
        for end in range(0, len(document), 3):
            assert_refused(calls.send(method, path, document[:end]), path)


def test_what_follows_the_end_is_refused(calls: Calls) -> None:
    for method, path, members in calls:
        for rest in (b"x", b"{}", b",", b"\x00", b"]", b"//"):
            assert_refused(calls.send(method, path, document_of(members) + rest), path)


def test_a_member_that_is_there_twice_is_refused_by_name(calls: Calls) -> None:
    for method, path, members in calls:
        for name, value in members.items():
            twice = b'"%s": %s' % (name.encode(), value)
            other_case = b'"%s": %s' % (name.swapcase().encode(), value)
            escaped = b'"\\u%04x%s": %s' % (ord(name[0]), name[1:].encode(), value)
            for repeated in (twice, other_case, escaped):
                document = document_of(members)[:-1] + b", " + repeated + b"}"
                answer = calls.send(method, path, document)

                assert_refused(answer, path)
                assert name.lower() in answer.json()["error"].lower(), answer.text


def test_a_member_that_nobody_knows_is_refused_by_name(calls: Calls) -> None:
    for method, path, members in calls:
        answer = calls.send(method, path, document_of({**members, "isAdmin": b"true"}))

        assert_refused(answer, path)
        assert "isAdmin" in answer.json()["error"]


@pytest.mark.parametrize("value", ODD_VALUES.values(), ids=ODD_VALUES)
def test_an_odd_value_is_never_our_fault(server: RunningServer, value: bytes) -> None:
    with client_at(server) as client:
        # None of these is the password, so the account stays.
        client.headers.update(bearer(sign_up(client).log_in(client)))
        before = len(server.lines)
        calls = Calls(client)
        for method, path, members in calls:
            for document in documents_with(members, value):
                answer = calls.send(method, path, document)

                assert answer.status_code < 500, (path, answer.text)
                if answer.is_error:
                    assert answer.headers["Content-Type"] == "application/problem+json"
        assert client.get("/api/tasks").status_code == 200

    assert not [line for line in server.lines[before:] if "fault" in line or SECRET in line]
