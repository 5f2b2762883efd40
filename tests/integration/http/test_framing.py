"""Requests that are framed wrongly, sent slowly, or are no requests at all.

Whatever comes: no fault, no answer to a request that was smuggled in, the process lives, and
everybody else is served meanwhile.
"""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from select import select

import httpx
import pytest

from tests.integration.http.addresses import client_at, new_address
from tests.integration.http.people import bearer, sign_up
from tests.integration.http.raw import connection, exchange, read_answer
from tests.integration.http.running_server import DEADLINE_SECONDS, RunningServer

HOST = b"Host: tasks.example.org\r\n"
JSON = b"Content-Type: application/json\r\n"
HEALTH = b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n"
BODY = b'{"name":"x"}'
CHUNKS = b"c\r\n" + BODY + b"\r\n0\r\n\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"


@pytest.fixture(scope="module")
def lone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """One worker: were it to hang or to die, there would be no other."""
    data_dir = tmp_path_factory.mktemp("lone") / "data"
    with RunningServer(data_dir, {"WORKERS": "1", "LOG_FORMAT": "json"}) as running:
        yield running


@pytest.fixture(scope="module")
def token(lone: RunningServer) -> bytes:
    with lone.client() as client:
        return bearer(sign_up(client).log_in(client))["Authorization"].encode()


@pytest.fixture(autouse=True)
def it_lives_and_has_not_failed(lone: RunningServer) -> Iterator[None]:
    yield
    with lone.client() as client:
        assert client.get("/healthz").status_code == 200
    assert lone.process.poll() is None
    lines = [json.loads(line) for line in lone.lines if line.startswith("{")]
    assert not [line for line in lines if "fault" in line or line["status"] == 500]
    others = [line for line in lone.lines if not line.startswith("{")]
    assert len(others) == 1, others


def adding(token: bytes, *headers: bytes) -> bytes:
    """The head of a request that adds a task."""
    own = HOST + JSON + b"Authorization: " + token + b"\r\n"
    return b"POST /api/tasks HTTP/1.1\r\n" + own + b"".join(headers) + b"\r\n"


class TestLengths:
    @pytest.mark.parametrize(
        "headers",
        [
            b"Content-Length: 12\r\nContent-Length: 13\r\n",
            b"Content-Length: 12, 13\r\n",
            b"Content-Length: +12\r\n",
            b"Content-Length: -1\r\n",
            b"Content-Length: 0xc\r\n",
            b"Content-Length: 1e1\r\n",
            b"Content-Length: 99999999999999999999999\r\n",
            b"Content-Length: 18446744073709551615\r\n",
            b"Content-Length: \xb2\r\n",
            b"Content-Length : 12\r\n",
            b"Transfer-Encoding: xchunked\r\n",
            b"Transfer-Encoding: chunked, identity\r\n",
            b"Transfer-Encoding: \x0bchunked\r\n",
            b"Transfer-Encoding : chunked\r\n",
            b"X: a\r\n folded\r\n",
        ],
    )
    def test_what_can_be_read_in_two_ways_is_refused(
        self, lone: RunningServer, token: bytes, headers: bytes
    ) -> None:
        answers = exchange(lone, adding(token, headers) + BODY + HEALTH)

        assert answers.statuses in ([400], [431])

    @pytest.mark.parametrize(
        "headers", [CHUNKED + b"Content-Length: 5\r\n", b"Content-Length: 5\r\n" + CHUNKED]
    )
    def test_chunks_win_over_a_length_and_nothing_is_read_after_them(
        self, lone: RunningServer, token: bytes, headers: bytes
    ) -> None:
        answers = exchange(lone, adding(token, headers) + CHUNKS + HEALTH)

        # RFC 9112, section 6.3: one answer, by the chunks, and the connection is closed.
        assert answers.statuses == [201]

    @pytest.mark.parametrize(
        "chunks",
        [
            b"zz\r\n" + BODY + b"\r\n0\r\n\r\n",
            b"-1\r\n" + BODY + b"\r\n0\r\n\r\n",
            b"+c\r\n" + BODY + b"\r\n0\r\n\r\n",
            b"0xc\r\n" + BODY + b"\r\n0\r\n\r\n",
            b"fffffffffffffffff\r\n" + BODY + b"\r\n0\r\n\r\n",
            b"5\r\n" + BODY + b"\r\n0\r\n\r\n",
            b"c;" + b"x" * 70_000 + b"\r\n" + BODY + b"\r\n0\r\n\r\n",
            b"\r\n" + BODY + b"\r\n0\r\n\r\n",
        ],
    )
    def test_a_bad_chunk_is_a_bad_body(
        self, lone: RunningServer, token: bytes, chunks: bytes
    ) -> None:
        answers = exchange(lone, adding(token, CHUNKED) + chunks + HEALTH)

        assert answers.statuses == [400]
        assert answers.is_problem

    @pytest.mark.parametrize("headers", [b"Content-Length: 50\r\n", CHUNKED])
    def test_a_body_that_ends_too_early_is_refused(
        self, lone: RunningServer, token: bytes, headers: bytes
    ) -> None:
        sent = BODY if headers != CHUNKED else b"ff\r\n" + BODY[:-1]

        answers = exchange(lone, adding(token, headers) + sent, leave=True)

        assert answers.statuses == [400]
        assert answers.is_problem

    def test_a_body_where_none_belongs_is_not_taken_for_a_request(
        self, lone: RunningServer
    ) -> None:
        hidden = HEALTH.replace(b"healthz", b"api/nothing")
        head = b"GET /healthz HTTP/1.1\r\n" + HOST + b"Content-Length: %d\r\n\r\n" % len(hidden)

        assert exchange(lone, head + hidden + HEALTH).statuses in ([200, 200], [200])

    def test_requests_in_one_go_are_answered_in_their_order(
        self, lone: RunningServer, token: bytes
    ) -> None:
        names = [f"number {number}" for number in range(10)]
        documents = [json.dumps({"name": name}).encode() for name in names]
        sent = b"".join(
            adding(token, b"Content-Length: %d\r\n" % len(document)) + document
            for document in documents
        )

        answers = exchange(lone, sent + HEALTH)

        assert answers.statuses == [201] * 10 + [200]
        places = [answers.received.index(f'"{name}"'.encode()) for name in names]
        assert places == sorted(places)


class TestHeads:
    @pytest.mark.parametrize(
        ("sent", "statuses"),
        [
            (b"GET /" + b"a" * 1_000_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", {414, 431}),
            (b"GET /healthz HTTP/1.1\r\nX: " + b"a" * 1_000_000 + b"\r\n\r\n", {431}),
            (b"GET /healthz HTTP/1.1\r\n" + b"X: a\r\n" * 5000 + b"\r\n", {431}),
            (b"GET /a\x00b HTTP/1.1\r\n" + HOST + b"\r\n", {400}),
            (b"GET /\xe9 HTTP/1.1\r\n" + HOST + b"\r\n", {400}),
            (b"GET /healthz HTTP/1.1\r\nX-Request-ID: a\x00b\r\n\r\n", {400}),
            (b"GET /healthz HTTP/1.1\r\nX Y: z\r\n\r\n", {400}),
            (b"GET /healthz  HTTP/1.1\r\n" + HOST + b"\r\n", {400}),
            (b"G<T /healthz HTTP/1.1\r\n" + HOST + b"\r\n", {400}),
            (b"GET /healthz HTTP/2.0\r\n" + HOST + b"\r\n", {400}),
            (b"GET /healthz HTTP/9.9\r\n" + HOST + b"\r\n", {400}),
            (b"GET /healthz\r\n\r\n", {400}),
            (b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03" + b"a" * 100, {400}),
            (bytes(range(256)) * 10, {400}),
            (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400}),
            (b"", set()),
            (b"\r\n\r\n", set()),
            (b"GET", {400}),
        ],
    )
    def test_what_is_no_request_is_refused_by_the_server(
        self, lone: RunningServer, sent: bytes, statuses: set[int]
    ) -> None:
        assert set(exchange(lone, sent, leave=True).statuses) <= statuses

    @pytest.mark.parametrize(
        ("target", "status"),
        [
            ("/api/tasks/%00", 404),
            ("/api/tasks/%zz%", 404),
            ("/api/tasks/%ff%c0%ae", 404),
            ("/api/tasks/é", 404),
            ("/api/tasks/..%2f..%2fetc%2fpasswd", 404),
            ("/api/tasks/../../etc/passwd", 404),
            ("/docs/..%2f..%2fapp.py", 404),
            ("/docs/%2e%2e/app.py", 404),
            ("//evil.example/healthz", 404),
            ("/healthz/", 404),
            ("/HEALTHZ", 404),
            ("/api/sessions/%ff", 404),
            ("/api/users/security-events?limit=%ff&%zz=%&=&before=%00", 400),
            ("/api/users/security-events?" + "a=b&" * 5000, 200),
        ],
    )
    def test_an_odd_target_is_answered_with_a_problem(
        self, lone: RunningServer, token: bytes, target: str, status: int
    ) -> None:
        # A session has only to be ended by DELETE; all else is read.
        method = "DELETE" if "sessions" in target else "GET"
        head = f"{method} {target} HTTP/1.1\r\n".encode() + HOST
        answers = exchange(lone, head + b"Authorization: " + token + b"\r\n\r\n")

        assert answers.statuses == [status]
        assert answers.is_problem == (status != 200)

    @pytest.mark.parametrize(
        ("header", "status"),
        [
            (b"Authorization: Bearer \xff\xfe", 401),
            ("Authorization: Bearer é".encode(), 401),
            (b"Authorization: Bearer " + b"a" * 20_000, 401),
            (b"Authorization: Bearer ..", 401),
            (b"Authorization: Bearer " + b"eyJ" * 3000 + b".e.e", 401),
            (b"Authorization:", 401),
            (b"Authorization: \xff", 401),
        ],
    )
    def test_an_odd_token_is_no_token(
        self, lone: RunningServer, header: bytes, status: int
    ) -> None:
        answers = exchange(lone, b"GET /api/tasks HTTP/1.1\r\n" + HOST + header + b"\r\n\r\n")

        assert answers.statuses == [status]
        assert answers.is_problem

    @pytest.mark.parametrize(
        "header",
        [
            b"User-Agent: \xff\xfe",
            b"X-Request-ID: \xff",
            b"X-Forwarded-For: \xff",
            b"Cookie: \xff; taskward-refresh=\xfe; =; ;;",
            b"Origin: \xff",
            b"Expect: nonsense",
            b"Accept: \xff/\xff;q=x",
            b"Accept-Encoding: \xff",
            b"Content-Encoding: gzip",
            b"X-HTTP-Method-Override: DELETE",
            b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x",
            b"Connection: Authorization, Content-Length",
            b"Host: [::1",
            b"Host: \xff",
            b"Range: bytes=0-18446744073709551615",
        ],
    )
    def test_an_odd_header_that_nobody_needs_harms_nothing(
        self, lone: RunningServer, token: bytes, header: bytes
    ) -> None:
        length = b"Content-Length: %d\r\n" % len(BODY)

        answers = exchange(lone, adding(token, length, header + b"\r\n") + BODY)

        assert answers.statuses in ([201], [400], [101, 201])

    def test_a_host_that_is_none_gets_no_cookie(self, lone: RunningServer) -> None:
        document = b'{"email":"a@example.org","password":"x"}'
        head = b"POST /api/users/login HTTP/1.1\r\nHost: [::1\r\nOrigin: http://[::1\r\n" + JSON
        length = b"X-Taskward-Cookie: 1\r\nContent-Length: %d\r\n\r\n" % len(document)

        answers = exchange(lone, head + length + document)

        assert answers.statuses == [403]
        assert answers.is_problem

    @pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "WEBSOCKET", "FOO", "get"])
    def test_another_method_is_refused(
        self, lone: RunningServer, token: bytes, method: str
    ) -> None:
        head = f"{method} /api/tasks HTTP/1.1\r\n".encode() + HOST
        answers = exchange(lone, head + b"Authorization: " + token + b"\r\n\r\n")

        assert answers.statuses[0] in {400, 404, 405}


class TestSlowSenders:
    """Many of them, more than the worker has threads, from an address of their own."""

    MANY = 60

    @pytest.fixture
    def address(self) -> str:
        return new_address()

    def test_of_bodies_do_not_keep_others_from_reading_or_writing(
        self, lone: RunningServer, token: bytes, address: str
    ) -> None:
        head = adding(token, b"Content-Length: 1000\r\n") + b'{"name":'
        with ExitStack() as stack:
            slow = [stack.enter_context(connection(lone, address)) for _ in range(self.MANY)]
            for each in slow:
                each.sendall(head)
            # Those for whom there is no place are refused.
            (first, *_), _, _ = select(slow, [], [], DEADLINE_SECONDS)
            refused = read_answer(first)

            served = [self.reads_and_writes(lone, token) for _ in range(10)]

        assert refused.statuses == [503]
        assert b"retry-after: 1" in refused.received.lower()
        assert refused.is_problem
        assert served == [(200, 201)] * 10

    def test_of_bodies_that_nobody_reads_do_not_keep_others_from_anything(
        self, lone: RunningServer, token: bytes, address: str
    ) -> None:
        with ExitStack() as stack:
            slow = [stack.enter_context(connection(lone, address)) for _ in range(self.MANY)]
            for each in slow:
                each.sendall(HEALTH[:-2] + b"Content-Length: 1000\r\n\r\n{")

            served = [self.reads_and_writes(lone, token) for _ in range(10)]

        assert served == [(200, 201)] * 10

    def test_of_bodies_are_answered_when_they_come_to_an_end(
        self, lone: RunningServer, token: bytes, address: str
    ) -> None:
        with connection(lone, address) as slow:
            slow.sendall(adding(token, b"Content-Length: %d\r\n" % len(BODY)))
            for byte in BODY:
                slow.sendall(bytes([byte]))
                self.reads(lone)

            assert read_answer(slow).statuses == [201]

    def test_of_heads_do_not_keep_others_from_anything_and_are_sent_away(
        self, lone: RunningServer, token: bytes, address: str
    ) -> None:
        with ExitStack() as stack:
            slow = [stack.enter_context(connection(lone, address)) for _ in range(self.MANY)]
            for each in slow:
                each.sendall(HEALTH[:-4])

            served = [self.reads_and_writes(lone, token) for _ in range(10)]
            ends = [read_answer(each) for each in slow]

        assert served == [(200, 201)] * 10
        assert {tuple(end.statuses) for end in ends} <= {(), (408,)}

    def test_who_does_not_read_what_is_answered_keeps_nobody_waiting(
        self, lone: RunningServer, address: str
    ) -> None:
        large = HEALTH.replace(b"healthz", b"docs/swagger_bundle.js")
        with ExitStack() as stack:
            for _ in range(self.MANY):
                deaf = stack.enter_context(connection(lone, address))
                deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                deaf.sendall(large)

            for _ in range(10):
                self.reads(lone)

    def test_who_leaves_in_the_middle_leaves_nothing_behind(
        self, lone: RunningServer, token: bytes, address: str
    ) -> None:
        head = adding(token, b"Content-Length: 1000\r\n") + b'{"name":'
        for _ in range(5 * self.MANY):
            with connection(lone, address) as leaving:
                leaving.sendall(head)

        assert self.reads_and_writes(lone, token) == (200, 201)

    def reads(self, server: RunningServer) -> None:
        with client_at(server) as client:
            assert client.get("/healthz").status_code == 200

    def reads_and_writes(self, server: RunningServer, token: bytes) -> tuple[int, int]:
        with client_at(server) as client:
            client.headers["Authorization"] = token.decode()
            read: httpx.Response = client.get("/api/users/info")
            written = client.post("/api/tasks", json={"name": "meanwhile"})
        return read.status_code, written.status_code
