"""When a server says that it serves."""

import socket

import pytest

from entrypoints.http.processes import accepts_connections


def test_a_port_at_which_somebody_listens_accepts_connections() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert accepts_connections(*listener.getsockname())


def test_a_port_at_which_nobody_listens_does_not() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))

        assert not accepts_connections(*bound.getsockname())


def test_a_socket_that_has_reached_itself_is_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    itself = socket.socket()
    itself.bind(("127.0.0.1", 0))
    itself.connect(itself.getsockname())
    monkeypatch.setattr(socket, "create_connection", lambda *_, **__: itself)

    assert not accepts_connections(*itself.getsockname())
