"""The real adapters keep what their ports promise."""

from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from typing import NamedTuple

import pytest

from adapters.security import pbkdf2
from adapters.security.argon2_hasher import Argon2Hasher
from adapters.security.jwt_access_tokens import JwtAccessTokens
from adapters.security.key_material import SIGNING_ALGORITHMS
from adapters.security.keyring import FileKeyring
from adapters.security.one_time_codes import SealedOneTimeCodes
from adapters.security.refresh_token_codec import RefreshTokenCodec
from application.ports.imported_hash import ImportedHash
from tests.contracts.access_tokens import AccessTokensContract
from tests.contracts.imported_hash import ImportedHashContract
from tests.contracts.keyring import KeyringContract
from tests.contracts.one_time_codes import OneTimeCodesContract
from tests.contracts.password_hasher import PasswordHasherContract
from tests.contracts.refresh_tokens import RefreshTokensContract
from tests.integration.security_subjects import open_keyring


class Keyrings(NamedTuple):
    ours: FileKeyring
    strangers: FileKeyring


@pytest.fixture(scope="module", params=SIGNING_ALGORITHMS)
def keyrings(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Keyrings:
    ours, strangers = tmp_path_factory.mktemp("ours"), tmp_path_factory.mktemp("strangers")
    return Keyrings(open_keyring(ours, request.param), open_keyring(strangers, request.param))


class TestArgon2Hasher(PasswordHasherContract):
    @pytest.fixture
    def hasher(self) -> Argon2Hasher:
        return Argon2Hasher(memory_cost=8, time_cost=1)

    @pytest.fixture
    def busy_hasher(self) -> Iterator[Argon2Hasher]:
        hasher = Argon2Hasher(memory_cost=8, time_cost=1, concurrency=1, queue=0)
        begun, done = Event(), Event()

        class SlowPassword(str):
            __slots__ = ()

            def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
                begun.set()
                done.wait(60)
                return super().encode(encoding, errors)

        thread = Thread(target=hasher.hash, args=(SlowPassword("a password"),))
        thread.start()
        begun.wait(60)
        yield hasher
        done.set()
        thread.join()


class TestJwtAccessTokens(AccessTokensContract):
    @pytest.fixture
    def access_tokens(self, keyrings: Keyrings) -> JwtAccessTokens:
        return JwtAccessTokens(keyrings.ours, "https://taskward.example", "taskward")

    @pytest.fixture
    def strangers(self, keyrings: Keyrings) -> JwtAccessTokens:
        return JwtAccessTokens(keyrings.strangers, "https://taskward.example", "taskward")

    @pytest.fixture
    def elsewhere(self, keyrings: Keyrings) -> JwtAccessTokens:
        return JwtAccessTokens(keyrings.ours, "https://taskward.example", "elsewhere")


class TestRefreshTokenCodec(RefreshTokensContract):
    @pytest.fixture
    def refresh_tokens(self, tmp_path: Path) -> RefreshTokenCodec:
        return RefreshTokenCodec(open_keyring(tmp_path))

    @pytest.fixture
    def strangers(self, tmp_path_factory: pytest.TempPathFactory) -> RefreshTokenCodec:
        return RefreshTokenCodec(open_keyring(tmp_path_factory.mktemp("strangers")))


class TestSealedOneTimeCodes(OneTimeCodesContract):
    @pytest.fixture
    def one_time_codes(self, tmp_path: Path) -> SealedOneTimeCodes:
        return SealedOneTimeCodes(open_keyring(tmp_path))

    @pytest.fixture
    def strangers(self, tmp_path_factory: pytest.TempPathFactory) -> SealedOneTimeCodes:
        return SealedOneTimeCodes(open_keyring(tmp_path_factory.mktemp("strangers")))


@pytest.mark.parametrize("algorithm", ["EdDSA", "ES256", "HS256"])
class TestFileKeyring(KeyringContract):
    @pytest.fixture
    def keyring(self, tmp_path: Path, algorithm: str) -> FileKeyring:
        return open_keyring(tmp_path, algorithm)

    @pytest.fixture
    def other_worker(self, tmp_path: Path, keyring: FileKeyring, algorithm: str) -> FileKeyring:
        return open_keyring(tmp_path, algorithm)


class TestPbkdf2(ImportedHashContract):
    @pytest.fixture
    def imported_hash(self) -> ImportedHash:
        return pbkdf2.encode
