"""Seeds of second factors can be read by us alone, for as long as we have the keys."""

import json
from base64 import b32encode, b64decode
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from adapters.security.keyring import FileKeyring
from adapters.security.one_time_codes import SealedOneTimeCodes
from domain.second_factor import UnreadableSecondFactor
from tests.integration.security_subjects import open_keyring
from tests.samples import ADA

NOW = datetime(2030, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
LATER = NOW + timedelta(days=100)


@pytest.fixture
def keyring(tmp_path: Path) -> FileKeyring:
    return open_keyring(tmp_path)


@pytest.fixture
def codes(keyring: FileKeyring) -> SealedOneTimeCodes:
    return SealedOneTimeCodes(keyring)


def test_a_sealed_seed_is_what_the_documentation_says(
    codes: SealedOneTimeCodes, tmp_path: Path
) -> None:
    sealed = codes.new_seed(ADA, NOW)

    entries = json.loads((tmp_path / "keyring.json").read_bytes())["keys"]
    master_key = next(b64decode(entry["secret"]) for entry in entries if entry["id"] == "1")
    key = HKDFExpand(SHA256(), 32, b"taskward seal of second factors").derive(master_key)
    bound = bytes([1, 1]) + ADA.to_bytes(8)
    seed = AESGCM(key).decrypt(sealed[2:14], sealed[14:], bound)
    assert sealed[:2] == bytes([1, 1])
    assert len(seed) == 20
    assert codes.reveal(ADA, sealed) == b32encode(seed).decode()


def test_every_changed_bit_is_noticed(codes: SealedOneTimeCodes) -> None:
    sealed = codes.new_seed(ADA, NOW)

    for bit in range(len(sealed) * 8):
        flipped = bytearray(sealed)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(UnreadableSecondFactor):
            codes.reveal(ADA, bytes(flipped))


def test_another_version_is_refused_though_we_sealed_it(
    codes: SealedOneTimeCodes, keyring: FileKeyring
) -> None:
    sealed = codes.new_seed(ADA, NOW)
    key = HKDFExpand(SHA256(), 32, b"taskward seal of second factors").derive(
        keyring.snapshot().refresh_key_at(NOW).secret
    )
    other = bytes([2, 1]) + sealed[2:14]
    other += AESGCM(key).encrypt(sealed[2:14], bytes(20), other[:2] + ADA.to_bytes(8))

    with pytest.raises(UnreadableSecondFactor):
        codes.reveal(ADA, other)


def test_what_was_cut_or_lengthened_is_refused(codes: SealedOneTimeCodes) -> None:
    sealed = codes.new_seed(ADA, NOW)

    for damaged in (*(sealed[:length] for length in range(len(sealed))), sealed + b"x"):
        with pytest.raises(UnreadableSecondFactor):
            codes.reveal(ADA, damaged)
        with pytest.raises(UnreadableSecondFactor):
            codes.reseal(ADA, damaged, LATER)


def test_the_same_seed_never_looks_the_same(codes: SealedOneTimeCodes) -> None:
    assert len({codes.new_seed(ADA, NOW)[2:14] for _ in range(100)}) == 100


def test_it_outlives_its_key_when_it_was_sealed_anew_before(
    keyring: FileKeyring, codes: SealedOneTimeCodes
) -> None:
    old = codes.new_seed(ADA, NOW)
    seed = codes.reveal(ADA, old)
    keyring.rotate(NOW, NOW)

    new = codes.reseal(ADA, old, LATER)
    keyring.prune(access_before=LATER, refresh_before=LATER)

    assert codes.reveal(ADA, new) == seed
    assert (old[1], new[1]) == (1, 2)
    with pytest.raises(UnreadableSecondFactor):
        codes.reveal(ADA, old)


def test_one_of_the_current_key_is_left_as_it_is(codes: SealedOneTimeCodes) -> None:
    sealed = codes.new_seed(ADA, NOW)

    assert codes.reseal(ADA, sealed, LATER) == sealed


def test_another_process_opens_what_was_sealed_with_keys_made_since_it_looked(
    keyring: FileKeyring, tmp_path: Path
) -> None:
    other = open_keyring(tmp_path, check_every=timedelta(hours=1))
    other.snapshot()
    keyring.rotate(NOW, NOW)
    keyring.rotate(NOW, NOW)
    sealed = SealedOneTimeCodes(keyring).new_seed(ADA, NOW)

    assert sealed[1] == 3
    assert SealedOneTimeCodes(other).reveal(ADA, sealed)
