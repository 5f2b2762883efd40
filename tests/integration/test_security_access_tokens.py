"""Access tokens as an attacker makes them, and as those who hold a key of ours might."""

import hmac
import json
import random
import socket
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import get_default_algorithms

from adapters.security.jwt_access_tokens import JwtAccessTokens
from adapters.security.key_material import SIGNING_ALGORITHMS
from adapters.security.keyring import FileKeyring
from adapters.security.keys import Key
from domain.session import AccessToken, InvalidAccessToken, SessionId
from domain.user import UserId
from tests.integration.security_subjects import open_keyring

NOW = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
ISSUER = "https://taskward.example"
AUDIENCE = "taskward"
TOKEN = AccessToken(
    UserId(7), SessionId(bytes(range(16))), "4pBq-RyiT1a_gN5h0cZy7w", NOW, NOW + timedelta(hours=1)
)
JWK = {"kty": "oct", "k": "c2VjcmV0IG9mIGFuIGF0dGFja2VyLCBmb3IgSFMyNTY"}
PAIRS = [algorithm for algorithm in SIGNING_ALGORITHMS if algorithm != "HS256"]


class Member(Enum):
    ABSENT = "absent"


ABSENT = Member.ABSENT
SAME_KEY_FITS = {
    "EdDSA": ["EdDSA"],
    "ES256": ["ES256"],
    "RS256": ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
    "HS256": ["HS256", "HS384", "HS512"],
}


def base64url(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def segment(value: object) -> str:
    return base64url(json.dumps(value, separators=(",", ":")).encode())


def changed(members: dict[str, Any], **changes: object) -> dict[str, Any]:
    """The members with some changed, added, or left out where ABSENT."""
    return {name: value for name, value in (members | changes).items() if value is not ABSENT}


@dataclass(frozen=True, slots=True)
class Forge:
    """Makes tokens of any content, signed with our own key unless told otherwise."""

    key: Key

    @property
    def header(self) -> dict[str, Any]:
        return {"alg": self.key.algorithm, "kid": self.key.id, "typ": "at+jwt"}

    @property
    def claims(self) -> dict[str, Any]:
        return {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": "7",
            "sid": "000102030405060708090a0b0c0d0e0f",
            "jti": "4pBq-RyiT1a_gN5h0cZy7w",
            "iat": int(NOW.timestamp()),
            "exp": int(NOW.timestamp()) + 3600,
        }

    def sign(self, header: str, payload: str, algorithm_name: str = "") -> str:
        algorithm = get_default_algorithms()[algorithm_name or self.key.algorithm]
        signature = algorithm.sign(f"{header}.{payload}".encode(), self.key.signing)
        return f"{header}.{payload}.{base64url(signature)}"

    def with_header(self, algorithm_name: str = "", **changes: object) -> str:
        header = segment(changed(self.header, **changes))
        return self.sign(header, segment(self.claims), algorithm_name)

    def with_claims(self, **changes: object) -> str:
        return self.sign(segment(self.header), segment(changed(self.claims, **changes)))

    def with_hmac(self, secret: bytes, **changes: object) -> str:
        signing_input = f"{segment(changed(self.header, **changes))}.{segment(self.claims)}"
        signature = hmac.digest(secret, signing_input.encode(), "sha256")
        return f"{signing_input}.{base64url(signature)}"


@pytest.fixture(scope="module", params=SIGNING_ALGORITHMS)
def keyring(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> FileKeyring:
    return open_keyring(tmp_path_factory.mktemp("keys"), request.param)


@pytest.fixture
def forge(keyring: FileKeyring) -> Forge:
    return Forge(keyring.snapshot().signing_key_at(NOW))


@pytest.fixture
def access_tokens(keyring: FileKeyring) -> JwtAccessTokens:
    return JwtAccessTokens(keyring, ISSUER, AUDIENCE)


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that a token names is ever fetched."""

    def refuse(*_: object) -> None:
        raise AssertionError("A token made us open a connection.")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)


def refused(access_tokens: JwtAccessTokens, text: str) -> bool:
    try:
        access_tokens.verify(text)
    except InvalidAccessToken:
        return True
    return False


class TestFormat:
    def test_the_forge_makes_what_is_accepted(
        self, access_tokens: JwtAccessTokens, forge: Forge
    ) -> None:
        text = forge.sign(segment(forge.header), segment(forge.claims))

        verified = access_tokens.verify(text)

        assert verified == TOKEN

    def test_a_token_holds_the_header_and_claims_of_rfc_9068_and_no_more(
        self, access_tokens: JwtAccessTokens, forge: Forge
    ) -> None:
        text = access_tokens.sign(TOKEN)

        header, payload, _ = text.split(".")

        assert json.loads(urlsafe_b64decode(header + "==")) == forge.header
        assert urlsafe_b64decode(payload + "==").decode("ascii") == json.dumps(
            forge.claims, separators=(",", ":")
        )

    def test_a_browser_decodes_the_payload_with_plain_atob(
        self, access_tokens: JwtAccessTokens
    ) -> None:
        chance = random.Random(20300102)
        tokens = [
            replace(TOKEN, user_id=UserId(user), session_id=SessionId(chance.randbytes(16)))
            for user in range(1, 200)
        ]

        payloads = [access_tokens.sign(token).split(".")[1] for token in tokens]

        assert all(payload.isalnum() for payload in payloads)

    @pytest.mark.parametrize("keyring", PAIRS, indirect=True)
    def test_another_service_verifies_with_the_published_keys_alone(
        self, access_tokens: JwtAccessTokens, keyring: FileKeyring, forge: Forge
    ) -> None:
        text = access_tokens.sign(TOKEN)

        published = jwt.PyJWKSet.from_dict(keyring.public_keys())

        key = published[jwt.get_unverified_header(text)["kid"]]
        options: jwt.types.Options = {"verify_iat": False}
        claims = jwt.decode(text, key, audience=AUDIENCE, issuer=ISSUER, options=options)
        assert claims == forge.claims

    def test_symmetric_keys_are_not_published(self, keyring: FileKeyring, forge: Forge) -> None:
        published = keyring.public_keys()["keys"]

        assert [jwk["kty"] for jwk in published] == {
            "EdDSA": ["OKP", "OKP"],
            "ES256": ["EC", "EC"],
            "RS256": ["RSA", "RSA"],
            "HS256": [],
        }[forge.key.algorithm]


class TestSignature:
    @pytest.mark.parametrize("none", ["none", "None", "NONE", "nOnE", "", "null", None, ABSENT])
    def test_an_unsigned_token_is_refused(
        self, access_tokens: JwtAccessTokens, forge: Forge, none: object
    ) -> None:
        signed = forge.with_header(alg=none)
        unsigned = signed.rpartition(".")[0]

        texts = [signed, unsigned, unsigned + ".", unsigned + ".AA"]

        assert all(refused(access_tokens, text) for text in texts)

    def test_a_signature_cut_short_is_refused(
        self, access_tokens: JwtAccessTokens, forge: Forge
    ) -> None:
        signing_input, _, encoded = access_tokens.sign(TOKEN).rpartition(".")
        signature = urlsafe_b64decode(encoded + "==")

        texts = [f"{signing_input}.{base64url(signature[:n])}" for n in range(len(signature))]

        assert all(refused(access_tokens, text) for text in texts)

    def test_a_signature_of_zeros_or_with_more_bytes_is_refused(
        self, access_tokens: JwtAccessTokens
    ) -> None:
        signing_input, _, encoded = access_tokens.sign(TOKEN).rpartition(".")
        signature = urlsafe_b64decode(encoded + "==")

        others = [bytes(len(signature)), signature + b"\x00", b"\x00" + signature, signature * 2]

        assert all(refused(access_tokens, f"{signing_input}.{base64url(s)}") for s in others)

    @pytest.mark.parametrize("keyring", PAIRS, indirect=True)
    def test_a_public_key_is_no_secret(
        self, access_tokens: JwtAccessTokens, forge: Forge, keyring: FileKeyring
    ) -> None:
        public = forge.key.verifying
        assert not isinstance(public, bytes)
        spki = PublicFormat.SubjectPublicKeyInfo
        pem, der = public.public_bytes(Encoding.PEM, spki), public.public_bytes(Encoding.DER, spki)
        jwk = keyring.public_keys()["keys"][0]
        spellings = [
            pem,
            pem.strip(),
            pem.replace(b"\n", b"\r\n"),
            b"".join(pem.splitlines()[1:-1]),
            der,
            public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH),
            json.dumps(jwk).encode(),
            json.dumps(jwk, separators=(",", ":")).encode(),
            str(jwk.get("x", jwk.get("n"))).encode(),
            urlsafe_b64decode(str(jwk.get("x", jwk.get("n"))) + "=="),
            b"",
        ]

        texts = [
            forge.with_hmac(secret, alg=alg)
            for secret in spellings
            for alg in ("HS256", forge.key.algorithm)
        ]

        assert all(refused(access_tokens, text) for text in texts)

    def test_the_algorithm_is_the_keys_and_not_the_tokens(
        self, access_tokens: JwtAccessTokens, forge: Forge
    ) -> None:
        own = forge.key.algorithm

        texts = {
            (header_says, signed_by): forge.with_header(signed_by, alg=header_says)
            for header_says in get_default_algorithms()
            for signed_by in SAME_KEY_FITS[own]
        }

        accepted = [how for how, text in texts.items() if not refused(access_tokens, text)]
        assert accepted == [(own, own)]

    def test_a_master_key_of_refresh_tokens_does_not_verify(
        self, access_tokens: JwtAccessTokens, forge: Forge, keyring: FileKeyring
    ) -> None:
        master = keyring.snapshot().refresh_key_at(NOW)

        text = forge.with_hmac(master.secret, alg="HS256", kid=master.id)

        assert refused(access_tokens, text)


class TestHeader:
    @pytest.mark.parametrize(
        "member",
        [
            {"jwk": JWK},
            {"jku": "https://attacker.example/keys.json"},
            {"x5u": "https://attacker.example/chain.pem"},
            {"x5c": ["MIIB"]},
            {"x5t": "AAAA"},
            {"crit": []},
            {"crit": ["exp"], "exp": 1},
            {"crit": ["b64"], "b64": True},
            {"crit": ["b64"], "b64": False},
            {"b64": True},
            {"b64": False},
            {"zip": "DEF"},
            {"cty": "JWT"},
            {"enc": "A256GCM"},
            {"": ""},
        ],
        ids=json.dumps,
    )
    def test_another_member_is_refused_even_if_we_signed_it(
        self, access_tokens: JwtAccessTokens, forge: Forge, member: dict[str, Any]
    ) -> None:
        text = forge.with_header(**member)

        assert refused(access_tokens, text)

    def test_a_key_that_comes_with_the_token_is_not_used(
        self, access_tokens: JwtAccessTokens, forge: Forge
    ) -> None:
        secret = urlsafe_b64decode(JWK["k"] + "==")

        texts = [
            forge.with_hmac(secret, alg="HS256", jwk=JWK),
            forge.with_hmac(secret, alg="HS256", jwk=JWK, kid=ABSENT),
            forge.with_hmac(secret, alg="HS256", x5c=[JWK["k"]], kid="attacker"),
        ]

        assert all(refused(access_tokens, text) for text in texts)

    @pytest.mark.parametrize(
        "kid",
        [
            ABSENT,
            None,
            "",
            "0",
            0,
            True,
            ["0"],
            {"0": "0"},
            "../../../../dev/null",
            "/dev/null",
            "/proc/self/environ",
            "file:///etc/passwd",
            "https://attacker.example/key.pem",
            "x' UNION SELECT 'secret",
            "$(id)",
            "|/bin/true",
            "\x00",
            "\ud800",
        ],
        ids=repr,
    )
    def test_a_key_id_names_one_of_our_keys_or_nothing(
        self, access_tokens: JwtAccessTokens, forge: Forge, kid: object
    ) -> None:
        texts = [forge.with_header(kid=kid), forge.with_hmac(b"", alg="HS256", kid=kid)]

        assert all(refused(access_tokens, text) for text in texts)

    def test_a_key_id_is_compared_to_the_letter(
        self, access_tokens: JwtAccessTokens, forge: Forge
    ) -> None:
        kid = forge.key.id

        texts = [forge.with_header(kid=other) for other in (kid + "\x00", " " + kid, kid[:-1])]

        assert all(refused(access_tokens, text) for text in texts)

    @pytest.mark.parametrize(
        "typ", [ABSENT, None, "", "JWT", "jwt", "at", "at+jwt ", "rt+jwt", 1, ["at+jwt"]], ids=repr
    )
    def test_another_type_of_token_is_refused(
        self, access_tokens: JwtAccessTokens, forge: Forge, typ: object
    ) -> None:
        text = forge.with_header(typ=typ)

        assert refused(access_tokens, text)

    @pytest.mark.parametrize("header", [[], "at+jwt", None, 1, {}], ids=repr)
    def test_a_header_that_is_no_object_of_ours_is_refused(
        self, access_tokens: JwtAccessTokens, forge: Forge, header: object
    ) -> None:
        text = forge.sign(segment(header), segment(forge.claims))

        assert refused(access_tokens, text)

    @pytest.mark.parametrize("header", [b"", b"{", b"\xff\xfe", b"[" * 2000, b'{"alg":' * 400])
    def test_a_header_that_is_no_json_is_refused(
        self, access_tokens: JwtAccessTokens, forge: Forge, header: bytes
    ) -> None:
        text = forge.sign(base64url(header), segment(forge.claims))

        assert refused(access_tokens, text)


class TestClaims:
    @pytest.mark.parametrize("name", ["iss", "aud", "sub", "sid", "jti", "iat", "exp"])
    @pytest.mark.parametrize(
        "value", [ABSENT, None, True, False, 1.5, [], {}, ["7"], -(10**30)], ids=repr
    )
    def test_each_claim_must_be_there_and_of_its_type(
        self, access_tokens: JwtAccessTokens, forge: Forge, name: str, value: object
    ) -> None:
        text = forge.with_claims(**{name: value})

        assert refused(access_tokens, text)

    @pytest.mark.parametrize("name", ["iss", "aud", "sub", "sid", "iat", "exp"])
    @pytest.mark.parametrize("value", ["", "\u0661", "\ud800", "\x00"], ids=repr)
    def test_no_claim_but_the_tokens_id_is_any_string(
        self, access_tokens: JwtAccessTokens, forge: Forge, name: str, value: str
    ) -> None:
        text = forge.with_claims(**{name: value})

        assert refused(access_tokens, text)

    @pytest.mark.parametrize(
        "claims",
        [
            {"iss": ISSUER + "/"},
            {"iss": ISSUER.upper()},
            {"iss": [ISSUER]},
            {"aud": "another"},
            {"aud": [AUDIENCE]},
            {"aud": [AUDIENCE, "another"]},
            {"aud": AUDIENCE + " "},
            {"sub": 7},
            {"sub": "0"},
            {"sub": "-7"},
            {"sub": "+7"},
            {"sub": "07"},
            {"sub": "7 "},
            {"sub": "7_0"},
            {"sub": "7\u0661"},
            {"sub": "7.0"},
            {"sub": "0x7"},
            {"sub": str(2**53)},
            {"sub": "9" * 4300},
            {"sid": "000102030405060708090a0b0c0d0e0"},
            {"sid": "000102030405060708090a0b0c0d0e0f=="},
            {"sid": "000102030405060708090A0B0C0D0E0F"},
            {"sid": "000102030405060708090a0b0c0d0e0f10"},
            {"sid": "000102030405060708090a0b0c0d0e0g"},
            {"iat": "1893553445"},
            {"exp": 1893557045.0},
            {"exp": "1893557045"},
            {"exp": 10**18},
            {"exp": 10**400},
            {"exp": float("nan")},
            {"exp": float("inf")},
            {"nbf": 0},
            {"scope": "admin"},
            {"": ""},
        ],
        ids=lambda claims: json.dumps(claims)[:60],
    )
    def test_what_we_would_not_have_written_is_refused(
        self, access_tokens: JwtAccessTokens, forge: Forge, claims: dict[str, Any]
    ) -> None:
        text = forge.with_claims(**claims)

        assert refused(access_tokens, text)

    @pytest.mark.parametrize("payload", [b"[]", b"7", b"null", b"{", b"", b"\xff", b"[" * 2000])
    def test_a_payload_that_is_no_object_is_refused(
        self, access_tokens: JwtAccessTokens, forge: Forge, payload: bytes
    ) -> None:
        text = forge.sign(segment(forge.header), base64url(payload))

        assert refused(access_tokens, text)


class TestSpelling:
    @pytest.mark.parametrize("index", [0, 1, 2])
    @pytest.mark.parametrize("padding", ["=", "==", "%3D", " ", "\n", "\t", "+", "/", "\u0661"])
    def test_no_segment_may_hold_anything_but_its_alphabet(
        self, access_tokens: JwtAccessTokens, index: int, padding: str
    ) -> None:
        segments = access_tokens.sign(TOKEN).split(".")

        segments[index] += padding

        assert refused(access_tokens, ".".join(segments))

    def test_a_signed_segment_with_padding_is_refused(
        self, access_tokens: JwtAccessTokens, forge: Forge
    ) -> None:
        header, payload = segment(forge.header), segment(forge.claims)
        padded = [part + "=" * (-len(part) % 4) for part in (header, payload)]

        texts = [forge.sign(padded[0], payload), forge.sign(header, padded[1])]

        assert "=" in "".join(padded)
        assert [refused(access_tokens, text) for text in texts] == [
            padded[0] != header,
            padded[1] != payload,
        ]

    def test_a_token_has_exactly_one_spelling(
        self, access_tokens: JwtAccessTokens, forge: Forge
    ) -> None:
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        text = access_tokens.sign(TOKEN)
        # None with RS256, whose signature fills its characters.
        unused_bits = {0: 0, 2: 4, 3: 2}[len(text.rpartition(".")[2]) % 4]

        last = alphabet.index(text[-1])
        others = [text[:-1] + alphabet[last + more] for more in range(1, 2**unused_bits)]

        assert all(refused(access_tokens, other) for other in others)

    @pytest.mark.parametrize("length", [4096, 4100, 100_000])
    def test_a_token_is_read_up_to_4096_characters(
        self, access_tokens: JwtAccessTokens, forge: Forge, length: int
    ) -> None:
        text = next(
            text
            for filling in range(length * 3 // 4, 0, -1)
            if len(text := forge.with_claims(jti="x" * filling)) <= length
        )

        text_is_refused = refused(access_tokens, text)

        assert len(text) > length - 3
        assert text_is_refused is (len(text) > 4096)

    @pytest.mark.parametrize(
        "spell",
        [
            lambda text: text + ".",
            lambda text: "." + text,
            lambda text: text.replace(".", ".."),
            lambda text: text.replace(".", "\u2024"),
            lambda text: text.replace(".", "", 1),
            lambda text: text + "." + text,
            lambda text: "Bearer " + text,
            lambda text: text.encode("utf-16-le").decode("latin-1"),
        ],
    )
    def test_other_shapes_are_refused(
        self, access_tokens: JwtAccessTokens, spell: Callable[[str], str]
    ) -> None:
        text = access_tokens.sign(TOKEN)

        assert refused(access_tokens, spell(text))
