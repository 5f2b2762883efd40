"""Nobody can forget to decide who may call a responder, and what is decided holds."""

from collections.abc import Iterator
from pathlib import Path

import falcon
import pytest
from falcon.testing import TestClient

from entrypoints.container import Container
from entrypoints.http.app import (
    UndeclaredResponderError,
    create_app,
    declared_operations,
    route_table,
)
from entrypoints.http.operation import Access
from entrypoints.http.profile import ProfileResource
from tests.integration.http.in_process import container_in


@pytest.fixture
def container(tmp_path: Path) -> Iterator[Container]:
    made = container_in(tmp_path)
    yield made
    made.store().disconnect()


@pytest.mark.parametrize("method", ["get", "delete", "patch", "head", "options", "query", "copy"])
def test_an_application_with_an_undeclared_responder_does_not_start(
    container: Container, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    def undeclared(_self: object, _req: falcon.Request, _resp: falcon.Response) -> None: ...

    monkeypatch.setattr(ProfileResource, f"on_{method}", undeclared, raising=False)

    with pytest.raises(UndeclaredResponderError, match=f"{method.upper()} /api/users/info"):
        create_app(container)


def test_what_a_responder_declares_must_be_an_operation(
    container: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ProfileResource.on_get, "operation", "public")

    with pytest.raises(UndeclaredResponderError):
        create_app(container)


def test_every_operation_for_the_signed_in_asks_for_a_token(container: Container) -> None:
    client = TestClient(create_app(container))
    operations = declared_operations(route_table(container))
    guarded = [key for key, o in operations.items() if o.access is not Access.PUBLIC]
    guarded += [(path, "HEAD") for path, method in guarded if method == "GET"]
    assert len(guarded) > 5

    for path, method in guarded:
        for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": "Basic eDp5"}):
            answer = client.simulate_request(
                method, path.format(number="1", session_id="1" * 32), headers=headers
            )
            assert answer.status_code == 401, (method, path)
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_every_public_operation_asks_for_none(container: Container) -> None:
    client = TestClient(create_app(container))
    operations = declared_operations(route_table(container))
    public = [key for key, o in operations.items() if o.access is Access.PUBLIC]
    assert len(public) > 5

    for path, method in public:
        answer = client.simulate_request(method, path.format(name="start.js", version="1"))
        assert answer.status_code not in {401, 403}, (method, path)


def test_nobody_but_the_declared_is_public(container: Container) -> None:
    operations = declared_operations(route_table(container))

    public = {
        f"{method} {path}" for (path, method), o in operations.items() if o.access is Access.PUBLIC
    }

    # On purpose a list: whoever makes something public shall have to say so here as well.
    assert public == {
        "POST /api/users/signup",
        "POST /api/users/login",
        "POST /api/users/refresh_token",
        "POST /api/users/reset_password",
        "POST /api/users/second-factor",
        "GET /.well-known/jwks.json",
        "GET /healthz",
        "GET /readyz",
        "GET /",
        "GET /assets/{version}/{name}",
        "GET /service-worker.js",
        "GET /docs",
        "GET /docs/{name}",
    }
