"""A connection outlives a refusal, so that what a client sends next is not lost."""

import socket
from select import select

import httpx
import pytest

from tests.integration.http.people import bearer, sign_up
from tests.integration.http.raw import connection, read_answer
from tests.integration.http.running_server import RunningServer

BODY = b'{"name":"x"}'
NEXT = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
JSON = b"Content-Type: application/json\r\n"
LENGTH = b"Content-Length: 12\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
IN_A_CHUNK = b"c\r\n" + BODY + b"\r\n0\r\n\r\n"


@pytest.mark.parametrize(("framing", "body"), [(LENGTH, BODY), (CHUNKED, IN_A_CHUNK)])
@pytest.mark.parametrize(
    ("line", "headers", "status"),
    [
        (b"POST /api/tasks", JSON, 401),
        (b"PUT /api/tasks", JSON + b"Authorization: Bearer expired\r\n", 401),
        (b"POST /api/users/login", b"Content-Type: text/plain\r\n", 415),
        (b"POST /nowhere", JSON, 404),
        (b"PATCH /api/users/login", JSON, 405),
        (b"GET /healthz", JSON, 200),
    ],
)
def test_a_request_refused_before_its_body_is_there_ends_nothing(
    server: RunningServer, line: bytes, headers: bytes, status: int, framing: bytes, body: bytes
) -> None:
    with connection(server) as opened:
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        opened.sendall(line + b" HTTP/1.1\r\nHost: x\r\n" + headers + framing + b"\r\n")
        # Give it the chance to answer too early.
        select([opened], [], [], 0.1)
        opened.sendall(body)

        refused = read_answer(opened)
        opened.sendall(NEXT)
        following = read_answer(opened)

    assert refused.statuses == [status]
    assert following.statuses == [200]


def test_one_connection_serves_an_expired_token_its_refresh_and_the_second_try(
    server: RunningServer,
) -> None:
    with server.client() as client:
        tokens = sign_up(client).log_in(client)
        connections = set()
        for _ in range(30):
            dead = client.post(
                "/api/tasks", json={"name": "x"}, headers={"Authorization": "Bearer x"}
            )
            alive = client.post("/api/tasks", json={"name": "x"}, headers=bearer(tokens))
            assert (dead.status_code, alive.status_code) == (401, 201)
            connections |= {local_address(dead), local_address(alive)}

    assert len(connections) == 1


def local_address(answer: httpx.Response) -> object:
    return answer.extensions["network_stream"].get_extra_info("client_addr")
