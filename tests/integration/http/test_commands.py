"""`taskward keys` and `taskward db`, and a rotation of keys while servers run."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest

from adapters.persistence.schema import HEAD
from tests.integration.http.people import Person, bearer, sign_up
from tests.integration.http.running_server import RunningServer, run, until

REFRESH = "/api/users/refresh_token"


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


def keys(data_dir: Path) -> list[dict[str, Any]]:
    listed = run(data_dir, "keys", "list", "--json")
    assert listed.returncode == 0, listed
    described: list[dict[str, Any]] = json.loads(listed.stdout)
    return described


def in_use(described: list[dict[str, Any]], purpose: str) -> set[str]:
    return {key["id"] for key in described if key["purpose"] == purpose and key["activeFrom"]}


def test_keys_are_listed_for_people_and_programs_without_their_secrets(data_dir: Path) -> None:
    described = keys(data_dir)

    assert [(key["purpose"], key["algorithm"]) for key in described] == [
        ("access", "EdDSA"),
        ("access", "EdDSA"),
        ("refresh", "HMAC-SHA-256"),
        ("refresh", "HMAC-SHA-256"),
    ]
    assert [key["activeFrom"] is None for key in described] == [False, True, False, True]
    stored = json.loads((data_dir / "keyring.json").read_text())
    for output in (
        run(data_dir, "keys", "list").stdout,
        run(data_dir, "keys", "list", "--json").stdout,
    ):
        for key in stored["keys"]:
            assert f"{key['id']}" in output
            assert key["secret"] not in output


def test_a_rotation_takes_the_keys_published_ahead_and_publishes_others(data_dir: Path) -> None:
    run(data_dir, "db", "upgrade")  # since a rotation is recorded there
    before = keys(data_dir)

    rotated = run(data_dir, "keys", "rotate")

    assert rotated.returncode == 0
    assert rotated.stdout.startswith("The new keys are used from ")
    after = keys(data_dir)
    assert len(after) == len(before) + 2
    for purpose in ("access", "refresh"):
        published = {key["id"] for key in before if key["purpose"] == purpose}
        assert in_use(after, purpose) == published


def test_pruning_spares_keys_of_which_tokens_may_be_left(data_dir: Path) -> None:
    run(data_dir, "db", "upgrade")
    for _ in range(2):
        assert run(data_dir, "keys", "rotate").returncode == 0
    before = keys(data_dir)

    spared = run(data_dir, "keys", "prune")
    also = run(data_dir, "keys", "prune", "--json")

    assert (spared.returncode, spared.stdout) == (0, "")
    assert (also.returncode, json.loads(also.stdout)) == (0, [])
    assert keys(data_dir) == before


def test_the_schema_is_made_told_and_checked(empty_database_url: str, data_dir: Path) -> None:
    settings = {"DATABASE_URL": empty_database_url}

    assert run(data_dir, "db", "current", settings=settings).stdout.startswith("none")
    assert run(data_dir, "db", "check", settings=settings).returncode == 1
    for _ in range(2):
        upgraded = run(data_dir, "db", "upgrade", settings=settings)
        assert (upgraded.returncode, upgraded.stdout) == (0, "The schema is current.\n")
    assert run(data_dir, "db", "check", settings=settings).returncode == 0
    assert run(data_dir, "db", "current", settings=settings).stdout == f"{HEAD}\n"


def test_an_unknown_command_and_none_at_all_explain_themselves(data_dir: Path) -> None:
    unknown = run(data_dir, "nonsense")
    none = run(data_dir)

    assert (unknown.returncode, none.returncode) == (2, 2)
    assert "nonsense" in unknown.stderr
    assert "serve" in none.stdout + none.stderr
    assert not data_dir.exists()


@pytest.fixture
def server(data_dir: Path) -> Iterator[RunningServer]:
    settings = {"WORKERS": "2", "REFRESH_GRACE_SECONDS": "600"}
    with RunningServer(data_dir, settings) as running:
        yield running


def test_a_rotation_while_it_serves_signs_nobody_out(server: RunningServer) -> None:
    with server.crowd() as clients:
        person = sign_up(clients[0])
        tokens = person.log_in(clients[0])
        successor = refresh(clients[0], tokens).json()["refreshToken"]
        old = kid_of(tokens)

        assert run(server.data_dir, "keys", "rotate").returncode == 0

        # Published at once, used soon after, by each worker.
        published = {k["id"] for k in keys(server.data_dir) if k["purpose"] == "access"}
        for client in clients:
            until(partial(publishes, client, published), "a worker knows of the rotation")
        for client in clients:
            until(partial(signs_no_more, client, person, old), "a worker signs with the new key")
        new = kid_of(person.log_in(clients[0]))
        for client in clients:
            assert {old, new} < public_kids(client)
            assert kid_of(person.log_in(client)) == new
            assert client.get("/api/tasks", headers=bearer(tokens)).status_code == 200
        # A retry of what was answered before the rotation.
        retried = refresh(clients[-1], tokens)
        assert retried.json()["refreshToken"] == successor
        assert kid_of(retried.json()) == new
        assert refresh(clients[0], retried.json()).status_code == 200


def publishes(client: httpx.Client, kids: set[str]) -> bool:
    return public_kids(client) == kids


def signs_no_more(client: httpx.Client, person: Person, kid: str) -> bool:
    return kid_of(person.log_in(client)) != kid


def refresh(client: httpx.Client, tokens: dict[str, Any]) -> httpx.Response:
    return client.post(REFRESH, json={"refreshToken": tokens["refreshToken"]})


def kid_of(tokens: dict[str, Any]) -> str:
    kid: str = jwt.get_unverified_header(tokens["accessToken"])["kid"]
    return kid


def public_kids(client: httpx.Client) -> set[str]:
    return {key["kid"] for key in client.get("/.well-known/jwks.json").json()["keys"]}


def test_a_person_signs_in_before_and_after_the_algorithm_changes(data_dir: Path) -> None:
    with RunningServer(data_dir) as server, server.client() as client:
        person = sign_up(client)
        tokens = person.log_in(client)

    with RunningServer(data_dir, {"JWT_ALGORITHM": "ES256"}) as server, server.client() as client:
        assert client.get("/api/tasks", headers=bearer(tokens)).status_code == 200
        newer = Person(person.email).log_in(client)
        assert jwt.get_unverified_header(newer["accessToken"])["alg"] == "ES256"
        assert client.get("/api/tasks", headers=bearer(newer)).status_code == 200
