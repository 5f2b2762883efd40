"""Tokens that nobody was given, sent to a real server, and tokens that others verify."""

import hashlib
import hmac
import json
import socket
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt import PyJWK, PyJWKSet

from adapters.security.keyring import FileKeyring
from adapters.system.clock import SystemClock
from tests.integration.http.people import bearer, sign_up
from tests.integration.http.problems import assert_problem
from tests.integration.http.running_server import RunningServer

REFRESH = "/api/users/refresh_token"
JWKS = "/.well-known/jwks.json"


@pytest.fixture
def tokens(server: RunningServer, anonymous: httpx.Client) -> dict[str, Any]:
    return sign_up(anonymous).log_in(anonymous)


@pytest.fixture
def genuine(tokens: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any], str]:
    """Header, claims and signature of a token that is accepted."""
    header, claims, signature = tokens["accessToken"].split(".")
    return unpacked(header), unpacked(claims), signature


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        yield listening


def unpacked(part: str) -> dict[str, Any]:
    members: dict[str, Any] = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return members


def packed(content: dict[str, Any] | bytes) -> str:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def assert_refused(client: httpx.Client, token: str) -> None:
    answer = client.get("/api/tasks", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()["errorCode"]) == (401, "A02"), answer.text
    assert answer.headers["WWW-Authenticate"].startswith('Bearer error="invalid_token"')


Genuine = tuple[dict[str, Any], dict[str, Any], str]


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", "", "HS256"])
def test_a_token_without_a_signature_is_refused(
    anonymous: httpx.Client, genuine: Genuine, algorithm: str
) -> None:
    header, claims, signature = genuine
    head = packed({**header, "alg": algorithm})

    for end in ("", signature):
        assert_refused(anonymous, f"{head}.{packed(claims)}.{end}")


def test_a_public_key_is_no_secret_to_sign_with(anonymous: httpx.Client, genuine: Genuine) -> None:
    header, claims, _ = genuine
    jwk = next(k for k in anonymous.get(JWKS).json()["keys"] if k["kid"] == header["kid"])
    public = PyJWK(jwk).key
    spellings = [
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(Encoding.Raw, PublicFormat.Raw),
        jwk["x"].encode(),
        json.dumps(jwk).encode(),
    ]
    signed = f"{packed({**header, 'alg': 'HS256'})}.{packed(claims)}"

    for secret in spellings:
        mac = hmac.digest(secret, signed.encode(), hashlib.sha256)
        assert_refused(anonymous, f"{signed}.{packed(mac)}")


@pytest.mark.parametrize("change", ["{}=", "{}==", "{}.", "{}.{}", ".{}", "{},", "{}~"])
def test_a_token_has_one_spelling(
    anonymous: httpx.Client, tokens: dict[str, Any], change: str
) -> None:
    genuine = tokens["accessToken"]
    assert anonymous.get("/api/tasks", headers=bearer(tokens)).status_code == 200

    assert_refused(anonymous, change.format(genuine, genuine))


def test_no_key_is_taken_from_the_token_and_none_is_fetched(
    anonymous: httpx.Client, genuine: Genuine, listener: socket.socket
) -> None:
    header, claims, _ = genuine
    mine = Ed25519PrivateKey.generate()
    mine_as_jwk = json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(mine.public_key()))
    address = f"http://127.0.0.1:{listener.getsockname()[1]}/keys"
    injections: list[dict[str, Any]] = [
        {"jku": address},
        {"x5u": address},
        {"jwk": {**mine_as_jwk, "kid": header["kid"]}},
        {"x5c": ["AA=="]},
        {"kid": address},
        {"kid": "../../../dev/null"},
        {"kid": "' OR '1'='1"},
        {"kid": ["x"]},
        {"kid": None},
        {"kid": {"a": 1}},
        {"kid": "x" * 3000},
    ]

    for injected in injections:
        signed = f"{packed({**header, **injected})}.{packed(claims)}"
        assert_refused(anonymous, f"{signed}.{packed(mine.sign(signed.encode()))}")

    with pytest.raises(BlockingIOError):
        listener.accept()


@pytest.mark.parametrize(
    "change",
    [
        {"typ": "JWT"},
        {"typ": "refresh+jwt"},
        {"typ": None},
        {"crit": ["exp"]},
        {"crit": ["b64"], "b64": False},
        {"alg": "ES256"},
        {"jku": "http://127.0.0.1/"},
        {"cty": "JWT"},
        {"zip": "DEF"},
    ],
)
def test_even_rightly_signed_another_header_is_refused(
    server: RunningServer, anonymous: httpx.Client, genuine: Genuine, change: dict[str, Any]
) -> None:
    header, claims, _ = genuine

    assert_accepted(anonymous, signed_as_the_server(server, header, claims))
    assert_refused(anonymous, signed_as_the_server(server, {**header, **change}, claims))


@pytest.mark.parametrize(
    "change",
    [
        {"exp": 1},
        {"exp": None},
        {"exp": "never"},
        {"exp": 10**20},
        {"iss": "somebody"},
        {"aud": "somebody"},
        {"aud": ["taskward"]},
        {"sub": "0"},
        {"sub": 1},
        {"sid": "AAAAAAAAAAAAAAAAAAAAAA"},
        {"sid": ""},
        {"role": "admin"},
        {"nbf": 1},
    ],
)
def test_even_rightly_signed_other_claims_are_refused(
    server: RunningServer, anonymous: httpx.Client, genuine: Genuine, change: dict[str, Any]
) -> None:
    header, claims, _ = genuine

    assert_refused(anonymous, signed_as_the_server(server, header, {**claims, **change}))


def signed_as_the_server(
    server: RunningServer, header: dict[str, Any], claims: dict[str, Any]
) -> str:
    clock = SystemClock()
    keyring = FileKeyring(server.data_dir / "keyring.json", "EdDSA", clock)
    key = keyring.snapshot().signing_key_at(clock.now()).signing
    assert isinstance(key, Ed25519PrivateKey)
    signed = f"{packed(header)}.{packed(claims)}"
    return f"{signed}.{packed(key.sign(signed.encode()))}"


def assert_accepted(client: httpx.Client, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    assert client.get("/api/tasks", headers=headers).status_code == 200


def test_another_users_session_cannot_be_claimed(
    server: RunningServer, anonymous: httpx.Client, genuine: Genuine
) -> None:
    header, claims, _ = genuine
    other = unpacked(sign_up(anonymous).log_in(anonymous)["accessToken"].split(".")[1])

    mixed = signed_as_the_server(server, header, {**claims, "sub": other["sub"]})

    assert_refused(anonymous, mixed)


def test_tokens_are_not_exchangeable(anonymous: httpx.Client, tokens: dict[str, Any]) -> None:
    assert_refused(anonymous, tokens["refreshToken"])

    for token in (tokens["accessToken"], f"twr_{tokens['accessToken']}", "twr_"):
        answer = anonymous.post(REFRESH, json={"refreshToken": token})
        assert (answer.status_code, answer.json()["errorCode"]) == (400, "invalid_grant")


def test_a_refresh_token_with_any_character_changed_is_refused(
    anonymous: httpx.Client, tokens: dict[str, Any]
) -> None:
    token = tokens["refreshToken"]

    for place in range(4, len(token), 3):
        other = "B" if token[place] == "A" else "A"
        forged = token[:place] + other + token[place + 1 :]
        answer = anonymous.post(REFRESH, json={"refreshToken": forged})
        assert (answer.status_code, answer.json()["errorCode"]) == (400, "invalid_grant")
    assert anonymous.post(REFRESH, json={"refreshToken": token}).status_code == 200


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (b"Bearer", "A02"),
        (b"Bearer a b", "A02"),
        (b"Bearer \xff\xfe", "A01"),  # of which the server below hands over nothing
        (b"Bearer " + b"a" * 8000, "A02"),
        (b"Bearera", "A01"),
        (b"Bearerx a", "A01"),
        (b"bearer\ta", "A01"),
    ],
)
def test_a_malformed_header_is_refused(anonymous: httpx.Client, header: bytes, code: str) -> None:
    answer = anonymous.get("/api/tasks", headers={b"Authorization": header})

    assert_problem(answer, 401, code)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("form", ["bearer {}", "BEARER {}", "Bearer   {}"])
def test_the_scheme_may_be_written_as_people_do(
    anonymous: httpx.Client, tokens: dict[str, Any], form: str
) -> None:
    """RFC 9110, section 11.1: its case does not matter, and there may be more than one space."""
    headers = {"Authorization": form.format(tokens["accessToken"])}

    assert anonymous.get("/api/tasks", headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("algorithm", "kind"),
    [("EdDSA", "OKP"), ("ES256", "EC"), ("RS256", "RSA")],
)
def test_others_verify_tokens_by_the_published_keys_alone(
    tmp_path: Path, algorithm: str, kind: str
) -> None:
    settings = {"JWT_ALGORITHM": algorithm}
    with RunningServer(tmp_path / "data", settings) as server, server.client() as client:
        tokens = sign_up(client).log_in(client)
        published = client.get(JWKS)
        assert client.get("/api/tasks", headers=bearer(tokens)).status_code == 200

    assert published.headers["Content-Type"] == "application/jwk-set+json"
    for key in published.json()["keys"]:
        assert (key["kty"], key["alg"], key["use"]) == (kind, algorithm, "sig")
        assert not {"d", "p", "q", "k"} & key.keys()
    verified = verify(tokens["accessToken"], published.json())
    assert verified["sub"] == str(tokens["userId"])
    with pytest.raises(jwt.InvalidSignatureError):
        verify(other_signature(tokens["accessToken"]), published.json())


def verify(token: str, published: dict[str, Any]) -> dict[str, Any]:
    """As another service does it, with what PyJWKClient would have fetched."""
    key = PyJWKSet.from_dict(published)[jwt.get_unverified_header(token)["kid"]]
    claims: dict[str, Any] = jwt.decode(
        token,
        key,
        algorithms=[key.algorithm_name],
        audience="taskward",
        issuer="taskward",
        options={"require": ["exp", "iat", "iss", "aud", "sub", "jti"]},
    )
    return claims


def other_signature(token: str) -> str:
    head, signature = token.rsplit(".", 1)
    return f"{head}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"


def test_a_symmetric_key_is_never_published(tmp_path: Path) -> None:
    settings = {"JWT_ALGORITHM": "HS256"}
    with RunningServer(tmp_path / "data", settings) as server, server.client() as client:
        tokens = sign_up(client).log_in(client)
        assert client.get(JWKS).json() == {"keys": []}
        assert client.get("/api/tasks", headers=bearer(tokens)).status_code == 200
        assert_refused(client, other_signature(tokens["accessToken"]))
        header, claims = (unpacked(part) for part in tokens["accessToken"].split(".")[:2])
        key = generate_private_key(SECP256R1())
        headers = {**header, "alg": "ES256"}
        assert_refused(client, jwt.encode(claims, key, "ES256", headers=headers))
    assert header["alg"] == "HS256"
