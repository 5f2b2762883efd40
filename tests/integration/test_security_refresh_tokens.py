"""Refresh tokens can be made by us alone, and are made the same each time."""

import hmac
import json
from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.security.keyring import FileKeyring
from adapters.security.refresh_token_codec import RefreshTokenCodec
from domain.session import InvalidGrant, RefreshToken, SessionId
from tests.integration.security_subjects import open_keyring

NOW = datetime(2030, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
SOON = NOW + timedelta(seconds=5)
LATER = NOW + timedelta(days=100)
TOKEN = RefreshToken(SessionId(bytes(range(16))), 0x01020304, bytes(range(240, 256)))
BODY = bytes([1, 1, *range(16), 1, 2, 3, 4, *range(240, 256)])
VERSION_AT, KEY_ID_AT = 0, 1


@pytest.fixture
def keyring(tmp_path: Path) -> FileKeyring:
    return open_keyring(tmp_path)


@pytest.fixture
def codec(keyring: FileKeyring) -> RefreshTokenCodec:
    return RefreshTokenCodec(keyring)


@pytest.fixture
def master_key(keyring: FileKeyring, tmp_path: Path) -> bytes:
    """The first one, read from the file as another program would."""
    entries = json.loads((tmp_path / "keyring.json").read_bytes())["keys"]
    return next(b64decode(entry["secret"]) for entry in entries if entry["id"] == "1")


def written(raw: bytes) -> str:
    return "twr_" + urlsafe_b64encode(raw).decode()


def signed(body: bytes, master_key: bytes) -> str:
    return written(body + hmac.digest(master_key, body, "sha256")[:16])


def test_a_token_is_what_the_documentation_says(
    codec: RefreshTokenCodec, master_key: bytes
) -> None:
    text = codec.encode(TOKEN, NOW)

    assert text == signed(BODY, master_key)


def test_every_changed_bit_is_noticed(codec: RefreshTokenCodec) -> None:
    raw = urlsafe_b64decode(codec.encode(TOKEN, NOW).removeprefix("twr_"))

    for bit in range(len(raw) * 8):
        flipped = bytearray(raw)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(InvalidGrant):
            codec.decode(written(bytes(flipped)))

    assert len(raw) == 54


@pytest.mark.parametrize("version", [0, 2, 255])
def test_another_version_is_refused_though_we_signed_it(
    codec: RefreshTokenCodec, master_key: bytes, version: int
) -> None:
    body = bytearray(BODY)
    body[VERSION_AT] = version

    with pytest.raises(InvalidGrant):
        codec.decode(signed(bytes(body), master_key))


@pytest.mark.parametrize("key_id", [0, 2, 3, 255])
def test_a_token_must_name_the_key_that_signed_it(
    codec: RefreshTokenCodec, master_key: bytes, key_id: int
) -> None:
    body = bytearray(BODY)
    body[KEY_ID_AT] = key_id

    with pytest.raises(InvalidGrant):
        codec.decode(signed(bytes(body), master_key))


@pytest.mark.parametrize("secret", [b"", bytes(32), b"taskward"])
def test_a_guessed_key_signs_nothing(codec: RefreshTokenCodec, secret: bytes) -> None:
    forged = signed(BODY, secret)

    with pytest.raises(InvalidGrant):
        codec.decode(forged)


@pytest.mark.parametrize("length", [0, 15, 17, 32])
def test_a_mac_of_another_length_is_refused(
    codec: RefreshTokenCodec, master_key: bytes, length: int
) -> None:
    mac = hmac.digest(master_key, BODY, "sha256")[:length]

    with pytest.raises(InvalidGrant):
        codec.decode(written(BODY + mac))


@pytest.mark.parametrize("prefix", ["", "twr", "twr-", "TWR_", "Twr_", " twr_", "twr_twr_"])
def test_the_prefix_is_exact(codec: RefreshTokenCodec, prefix: str) -> None:
    text = codec.encode(TOKEN, NOW).removeprefix("twr_")

    with pytest.raises(InvalidGrant):
        codec.decode(prefix + text)


def test_only_one_alphabet_is_read(codec: RefreshTokenCodec) -> None:
    text = codec.encode(TOKEN, NOW)
    standard = text[:4] + text[4:].replace("-", "+").replace("_", "/")
    wide = text.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"})
    assert text not in (standard, wide)

    for other in (standard, wide):
        with pytest.raises(InvalidGrant):
            codec.decode(other)


def test_a_retry_is_answered_byte_for_byte_across_a_rotation(
    codec: RefreshTokenCodec, keyring: FileKeyring
) -> None:
    text = codec.encode(TOKEN, NOW)

    keyring.rotate(NOW, SOON)
    again = codec.encode(TOKEN, NOW)

    assert again == text


def test_two_workers_make_the_same_bytes(codec: RefreshTokenCodec, tmp_path: Path) -> None:
    other_worker = RefreshTokenCodec(open_keyring(tmp_path))

    texts = {codec.encode(TOKEN, NOW), other_worker.encode(TOKEN, NOW)}

    assert len(texts) == 1


def test_the_next_key_takes_over_when_its_time_has_come(
    codec: RefreshTokenCodec, keyring: FileKeyring
) -> None:
    keyring.rotate(NOW, SOON)

    before = codec.encode(TOKEN, SOON - timedelta(microseconds=1))
    after = codec.encode(TOKEN, SOON)

    key_ids = [urlsafe_b64decode(text.removeprefix("twr_"))[KEY_ID_AT] for text in (before, after)]
    assert key_ids == [1, 2]
    assert codec.decode(before) == codec.decode(after) == TOKEN


def test_a_token_outlives_its_key_only_until_that_is_pruned(
    codec: RefreshTokenCodec, keyring: FileKeyring
) -> None:
    text = codec.encode(TOKEN, NOW)
    keyring.rotate(NOW, SOON)
    assert codec.decode(text) == TOKEN

    keyring.prune(LATER, LATER)

    with pytest.raises(InvalidGrant):
        codec.decode(text)


def test_a_key_that_came_since_the_last_look_is_looked_for(
    codec: RefreshTokenCodec, keyring: FileKeyring, tmp_path: Path
) -> None:
    seldom = open_keyring(tmp_path, check_every=timedelta(hours=1))
    seldom.look_again()
    sleepy = RefreshTokenCodec(seldom)
    keyring.rotate(NOW, NOW)
    keyring.rotate(NOW, SOON)

    text = codec.encode(TOKEN, SOON)

    assert sleepy.decode(text) == TOKEN


@pytest.mark.parametrize(
    "broken",
    [
        replace(TOKEN, secret=bytes(15)),
        replace(TOKEN, secret=bytes(17)),
        replace(TOKEN, session_id=SessionId(bytes(15))),
        replace(TOKEN, session_id=SessionId(bytes(17))),
    ],
)
def test_what_does_not_fit_is_never_cut_to_fit(
    codec: RefreshTokenCodec, broken: RefreshToken
) -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        codec.encode(broken, NOW)
