"""The keyring's file, as operators, other processes and accidents treat it."""

import errno
import json
import logging
import multiprocessing
import os
import stat
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path
from threading import Event, Lock
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from adapters.security import key_file, key_material
from adapters.security.keyring import FileKeyring
from application.ports.keyring import KeyDescription, KeyPurpose, KeyringError
from tests.integration.security_subjects import MADE_AT, open_keyring

NOW = datetime(2030, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
SOON = NOW + timedelta(seconds=5)
LATER = NOW + timedelta(days=100)
ACCESS, REFRESH = KeyPurpose.ACCESS, KeyPurpose.REFRESH


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keyring.json"


def of(purpose: KeyPurpose, keyring: FileKeyring) -> list[KeyDescription]:
    keys = keyring.keys()
    return [key for key in keys if key.purpose is purpose]


def edit(path: Path, change: Callable[[Any], object]) -> None:
    document = json.loads(path.read_bytes())
    change(document)
    path.write_text(json.dumps(document))


def secrets_in(path: Path) -> list[str]:
    return [entry["secret"] for entry in json.loads(path.read_bytes())["keys"]]


def start(directory: Path, together: Barrier, found: "Queue[list[KeyDescription]]") -> None:
    """What a process does that starts at the same time as another."""
    together.wait(30)
    found.put(list(open_keyring(directory).keys()))


class WatchedLock:
    """Tells when somebody has come who found it taken."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.was_taken = Event()

    def acquire(self, blocking: bool = True) -> bool:
        if self._lock.acquire(blocking=False):
            return True
        self.was_taken.set()
        return blocking and self._lock.acquire()

    def release(self) -> None:
        self._lock.release()

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


class TestFirstStart:
    def test_the_file_is_for_its_owner_alone_whatever_the_umask(self, path: Path) -> None:
        umask = os.umask(0o777)

        try:
            open_keyring(path.parent)
        finally:
            os.umask(umask)

        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert list(path.parent.iterdir()) == [path]

    def test_a_second_start_finds_the_keys_of_the_first(self, path: Path) -> None:
        first = open_keyring(path.parent)

        second = open_keyring(path.parent, now=NOW)

        assert second.keys() == first.keys()
        assert second.snapshot() == first.snapshot()

    def test_two_processes_that_start_at_once_agree(self, path: Path) -> None:
        context = multiprocessing.get_context("spawn")
        together, found = context.Barrier(2), context.Queue()
        processes = [
            context.Process(target=start, args=(path.parent, together, found)) for _ in range(2)
        ]

        for process in processes:
            process.start()
        one, other = found.get(timeout=60), found.get(timeout=60)
        for process in processes:
            process.join()

        assert one == other

    def test_whoever_is_second_to_put_the_file_there_takes_the_firsts(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        firsts: list[FileKeyring] = []
        link = os.link

        def overtaken(source: Path, target: Path) -> None:
            monkeypatch.setattr(os, "link", link)
            firsts.append(open_keyring(path.parent))
            link(source, target)

        monkeypatch.setattr(os, "link", overtaken)
        second = open_keyring(path.parent)

        assert second.snapshot() == firsts[0].snapshot()
        assert list(path.parent.iterdir()) == [path]

    def test_rsa_keys_have_3072_bits(self, path: Path) -> None:
        keyring = open_keyring(path.parent, "RS256")

        key = keyring.snapshot().signing_key_at(NOW)

        assert isinstance(key.signing, rsa.RSAPrivateKey)
        assert key.signing.key_size == 3072

    @pytest.mark.parametrize("algorithm", ["none", "HS512", "", "eddsa"])
    def test_an_algorithm_must_be_one_of_ours(self, path: Path, algorithm: str) -> None:
        with pytest.raises(ValueError, match="EdDSA, ES256, RS256, HS256"):
            open_keyring(path.parent, algorithm)

        assert not path.exists()


def damaged() -> list[tuple[str, Callable[[Path], object]]]:
    def editing(change: Callable[[Any], object]) -> Callable[[Path], object]:
        return lambda path: edit(path, change)

    def secret(index: int, value: bytes) -> Callable[[Path], object]:
        return editing(lambda it: it["keys"][index].update(secret=b64encode(value).decode()))

    def der(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
        return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())

    return [
        ("empty", lambda path: path.write_bytes(b"")),
        ("half of it", lambda path: path.write_bytes(path.read_bytes()[:-200])),
        ("no JSON", lambda path: path.write_bytes(b"\xff\x00")),
        ("no object", lambda path: path.write_bytes(b"[]")),
        ("deep", lambda path: path.write_bytes(b"[" * 100_000)),
        ("another format", editing(lambda it: it.update(format=2))),
        ("a member more", editing(lambda it: it.update(more=1))),
        ("no keys", editing(lambda it: it.update(keys=[]))),
        ("none in use", editing(lambda it: it["keys"][0].update(active_from=None))),
        ("a key twice", editing(lambda it: it["keys"].append(it["keys"][0]))),
        ("a key without a member", editing(lambda it: it["keys"][0].pop("algorithm"))),
        ("a key with one more", editing(lambda it: it["keys"][0].update(more=1))),
        ("unknown purpose", editing(lambda it: it["keys"][0].update(purpose="mail"))),
        ("unknown algorithm", editing(lambda it: it["keys"][0].update(algorithm="none"))),
        ("wrong algorithm", editing(lambda it: it["keys"][0].update(algorithm="ES256"))),
        ("algorithm of a refresh key", editing(lambda it: it["keys"][2].update(algorithm="EdDSA"))),
        ("master key as access key", editing(lambda it: it["keys"][2].update(purpose="access"))),
        ("id too large", editing(lambda it: it["keys"][2].update(id="256"))),
        ("id of zero", editing(lambda it: it["keys"][2].update(id="0"))),
        ("id with a plus", editing(lambda it: it["keys"][2].update(id="+1"))),
        ("id of another type", editing(lambda it: it["keys"][2].update(id=1))),
        ("kid of another type", editing(lambda it: it["keys"][0].update(id=1))),
        ("no kid", editing(lambda it: it["keys"][0].update(id=""))),
        ("local time", editing(lambda it: it["keys"][0].update(created_at="2030-01-01T00:00:00"))),
        ("no time", editing(lambda it: it["keys"][0].update(created_at=None))),
        ("no base64", editing(lambda it: it["keys"][0].update(secret="?"))),
        ("short master key", secret(2, bytes(31))),
        ("long master key", secret(2, bytes(33))),
        ("garbage as a private key", secret(0, bytes(48))),
        ("key of another kind", secret(0, der(ec.generate_private_key(ec.SECP256R1())))),
    ]


class TestDamage:
    @pytest.mark.parametrize(("name", "damage"), damaged(), ids=[name for name, _ in damaged()])
    def test_a_damaged_file_stops_the_start_and_is_left_alone(
        self, path: Path, name: str, damage: Callable[[Path], object]
    ) -> None:
        keyring = open_keyring(path.parent)
        damage(path)
        content = path.read_bytes()

        with pytest.raises(KeyringError, match=r"keyring\.json is damaged: put back a backup"):
            open_keyring(path.parent)
        with pytest.raises(KeyringError):
            keyring.rotate(NOW, SOON)
        with pytest.raises(KeyringError):
            keyring.prune(LATER, LATER)

        assert path.read_bytes() == content
        assert list(path.parent.iterdir()) == [path]

    @pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
    def test_a_key_weaker_than_its_algorithm_is_damage(self, path: Path, algorithm: str) -> None:
        weak: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey = (
            rsa.generate_private_key(65537, 1024)
            if algorithm == "RS256"
            else ec.generate_private_key(ec.SECP256K1())
        )
        der = weak.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())

        with pytest.raises(ValueError, match=algorithm):
            key_material.load(algorithm, der)

    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o666])
    def test_a_file_open_to_others_is_refused(self, path: Path, mode: int) -> None:
        open_keyring(path.parent)
        path.chmod(mode)

        with pytest.raises(KeyringError, match=rf"mode {mode:04o}\): run chmod 600"):
            open_keyring(path.parent)

    def test_a_link_is_refused(self, path: Path) -> None:
        open_keyring(path.parent)
        path.rename(path.with_name("elsewhere.json"))
        path.symlink_to(path.with_name("elsewhere.json"))

        with pytest.raises(KeyringError, match="not a regular file"):
            open_keyring(path.parent)

    def test_a_link_to_nowhere_is_not_followed(self, path: Path) -> None:
        path.symlink_to(path.with_name("elsewhere.json"))

        with pytest.raises(KeyringError, match="not a regular file"):
            open_keyring(path.parent)

        assert not path.with_name("elsewhere.json").exists()

    @pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo])
    def test_what_is_no_file_is_refused(self, path: Path, make: Callable[[Path], None]) -> None:
        make(path)

        with pytest.raises(KeyringError, match="not a regular file"):
            open_keyring(path.parent)

    def test_a_file_of_any_size_is_not_read(self, path: Path) -> None:
        open_keyring(path.parent)
        os.truncate(path, key_file.MAX_BYTES + 1)

        with pytest.raises(KeyringError, match="too large"):
            open_keyring(path.parent)

    def test_a_missing_directory_is_named(self, path: Path) -> None:
        with pytest.raises(KeyringError, match=r"missing/keyring\.json has no directory .* create"):
            open_keyring(path.parent / "missing")

    def test_a_file_that_cannot_be_read_is_named(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        open_keyring(path.parent)
        monkeypatch.setattr(os, "open", denied)

        with pytest.raises(KeyringError, match=r"cannot be read \(Permission denied\)"):
            open_keyring(path.parent)

    def test_a_directory_that_cannot_be_written_is_named(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(os, "link", denied)

        with pytest.raises(KeyringError, match=r"cannot be written \(Permission denied\)"):
            open_keyring(path.parent)

        assert list(path.parent.iterdir()) == []

    def test_a_file_system_that_is_read_only_is_named(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(key_file, "_write", read_only)
        monkeypatch.setattr(os, "unlink", read_only)

        with pytest.raises(KeyringError, match=r"cannot be written \(Read-only file system\)"):
            open_keyring(path.parent)

    def test_a_rotation_that_fails_leaves_all_as_it_was(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        keyring = open_keyring(path.parent)
        before, content = keyring.keys(), path.read_bytes()
        monkeypatch.setattr(os, "fsync", denied)

        with pytest.raises(KeyringError, match="cannot be written"):
            keyring.rotate(NOW, SOON)

        assert keyring.keys() == before
        assert path.read_bytes() == content
        assert list(path.parent.iterdir()) == [path]


def denied(*_: object, **__: object) -> int:
    raise PermissionError(13, "Permission denied")


def read_only(*_: object, **__: object) -> None:
    raise OSError(errno.EROFS, "Read-only file system")


class TestSecrecy:
    def test_no_secret_is_in_a_repr(self, path: Path) -> None:
        keyring = open_keyring(path.parent, "HS256")
        snapshot = keyring.snapshot()

        shown = repr((snapshot, snapshot.keys, keyring, keyring.keys()))

        secrets = [key.secret for key in snapshot.keys]
        assert not any(text in shown for text in secrets_in(path))
        assert not any(repr(secret)[2:-1] in shown for secret in secrets)
        assert not any(secret.hex() in shown for secret in secrets)

    def test_no_secret_is_in_an_error(self, path: Path) -> None:
        open_keyring(path.parent)
        secrets = secrets_in(path)
        path.write_bytes(path.read_bytes()[:-20])

        with pytest.raises(KeyringError) as caught:
            open_keyring(path.parent)

        cause = caught.value.__cause__
        assert cause is not None
        assert cause.__suppress_context__
        assert not any(secret in repr((caught.value, cause)) for secret in secrets)

    @pytest.mark.parametrize(
        ("algorithm", "of_the_kind"),
        [("EdDSA", {"crv", "x"}), ("ES256", {"crv", "x", "y"}), ("RS256", {"n", "e"})],
    )
    def test_the_public_keys_hold_what_verifies_and_no_more(
        self, path: Path, algorithm: str, of_the_kind: set[str]
    ) -> None:
        keyring = open_keyring(path.parent, algorithm)

        published = keyring.public_keys()["keys"]

        assert len(published) == 2
        assert all(set(jwk) == {"kty", "use", "alg", "kid"} | of_the_kind for jwk in published)


class TestRunningProcess:
    def test_it_sees_what_another_does_without_a_restart(self, path: Path) -> None:
        worker = open_keyring(path.parent)
        operator = open_keyring(path.parent)

        operator.rotate(NOW, SOON)

        assert worker.keys() == operator.keys()
        assert worker.snapshot() == operator.snapshot()

    def test_it_looks_at_the_file_no_more_often_than_told(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        keyring = open_keyring(path.parent, check_every=timedelta(hours=1))
        keyring.look_again()
        monkeypatch.setattr(key_file, "stamp", denied)

        snapshots = {id(keyring.snapshot()) for _ in range(1000)}

        assert len(snapshots) == 1

    def test_nothing_new_is_the_same_object(self, path: Path) -> None:
        keyring = open_keyring(path.parent)
        before = keyring.snapshot()

        path.write_bytes(path.read_bytes())

        assert keyring.snapshot() is before

    @pytest.mark.parametrize(
        "harm",
        [
            lambda path: path.write_bytes(b"{"),
            lambda path: path.chmod(0o644),
            lambda path: path.rename(path.with_name("moved")),
            lambda path: (path.rename(path.with_name("moved")), path.symlink_to("moved")),
        ],
        ids=["damaged", "open to others", "gone", "a link"],
    )
    def test_it_keeps_its_keys_when_the_file_goes_bad_and_warns_once(
        self, path: Path, caplog: pytest.LogCaptureFixture, harm: Callable[[Path], object]
    ) -> None:
        keyring = open_keyring(path.parent)
        before, secrets = keyring.snapshot(), secrets_in(path)

        harm(path)
        after = [keyring.snapshot() for _ in range(3)]

        assert all(keys is before for keys in after)
        assert [(record.name, record.levelno) for record in caplog.records] == [
            ("taskward.keyring", logging.WARNING)
        ]
        assert str(path) in caplog.text
        assert not any(secret in caplog.text for secret in secrets)

    def test_it_goes_on_once_the_file_is_good_again(
        self, path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        keyring, operator = open_keyring(path.parent), open_keyring(path.parent)
        operator.rotate(NOW, SOON)
        good = path.read_bytes()
        path.write_bytes(b"{")
        keyring.snapshot()

        path.write_bytes(good)
        keys = keyring.keys()

        assert keys == operator.keys()
        assert len(caplog.records) == 1

    def test_a_second_harm_is_a_second_warning(
        self, path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        keyring, good = open_keyring(path.parent), path.read_bytes()

        for content in (b"{", good, b"{"):
            path.write_bytes(content)
            keyring.snapshot()

        assert len(caplog.records) == 2

    def test_who_meets_a_new_key_while_another_looks_waits_for_what_that_finds(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lock = WatchedLock()
        monkeypatch.setattr("adapters.security.keyring.Lock", lambda: lock)
        worker = open_keyring(path.parent, check_every=timedelta(hours=1))
        open_keyring(path.parent).rotate(NOW, SOON)
        read, reading = key_file.read, Event()

        def read_slowly(path: Path) -> bytes | None:
            reading.set()
            assert lock.was_taken.wait(30)
            return read(path)

        monkeypatch.setattr(key_file, "read", read_slowly)
        with ThreadPoolExecutor(2) as pool:
            first = pool.submit(worker.master_key, 3)
            assert reading.wait(30)
            second = pool.submit(worker.master_key, 3)

        assert first.result() == second.result() == worker.snapshot().refresh_key(3)
        assert first.result() is not None

    def test_keys_are_prepared_while_nobody_is_kept_from_rotating(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        keyring, other = open_keyring(path.parent), open_keyring(path.parent)
        generate = key_material.generate

        def overtaken(algorithm: str) -> bytes:
            monkeypatch.setattr(key_material, "generate", generate)
            other.rotate(NOW, SOON)
            return generate(algorithm)

        monkeypatch.setattr(key_material, "generate", overtaken)
        keyring.prepare_rotation(LATER)

        begun = [key.active_from for key in of(ACCESS, keyring)]
        assert begun == [MADE_AT, SOON, None, None]
        assert other.keys() == keyring.keys()

    def test_rotations_of_many_at_once_are_all_kept(self, path: Path) -> None:
        keyrings = [open_keyring(path.parent) for _ in range(4)]

        with ThreadPoolExecutor(4) as pool:
            for keyring in keyrings * 3:
                pool.submit(keyring.rotate, NOW, SOON)

        assert len(of(REFRESH, keyrings[0])) == 2 + 12
        assert all(keyring.keys() == keyrings[0].keys() for keyring in keyrings)


class TestTurns:
    def test_the_next_key_is_published_before_it_is_used(self, path: Path) -> None:
        keyring = open_keyring(path.parent)
        published = [jwk["kid"] for jwk in keyring.public_keys()["keys"]]

        keyring.rotate(NOW, SOON)

        assert keyring.snapshot().signing_key_at(SOON).id in published

    @pytest.mark.parametrize("key_at", ["signing_key_at", "refresh_key_at"])
    def test_a_key_is_in_use_from_its_time_until_the_next_ones(
        self, path: Path, key_at: str
    ) -> None:
        keyring = open_keyring(path.parent)
        keyring.rotate(NOW, NOW)
        keyring.rotate(NOW, SOON)
        moment = timedelta(microseconds=1)

        instants = [MADE_AT - 999 * moment, NOW - moment, NOW, SOON - moment, SOON, LATER]
        ids = [getattr(keyring.snapshot(), key_at)(instant).id for instant in instants]

        first, second, third = dict.fromkeys(ids)
        assert ids == [first, first, second, second, third, third]

    def test_access_keys_and_refresh_keys_are_not_mixed_up(self, path: Path) -> None:
        keys = open_keyring(path.parent).snapshot()
        access, refresh = keys.signing_key_at(NOW), keys.refresh_key_at(NOW)

        found = [keys.verifying_key(refresh.id), keys.verifying_key(access.id)]

        assert found == [None, access]
        assert (access.purpose, refresh.purpose) == (ACCESS, REFRESH)
        assert keys.refresh_key(int(refresh.id)) == refresh

    def test_what_was_stored_is_what_is_read(self, path: Path) -> None:
        keyring = open_keyring(path.parent)
        keyring.rotate(NOW, SOON)

        read = open_keyring(path.parent).snapshot()

        assert read == keyring.snapshot()
        assert {key.active_from for key in read.keys} == {MADE_AT, SOON, None}

    def test_ids_of_master_keys_run_out_and_come_back_after_pruning(self, path: Path) -> None:
        keyring = open_keyring(path.parent, "HS256")
        for _ in range(253):
            keyring.rotate(NOW, SOON)

        with pytest.raises(KeyringError, match=r"no id left .* run taskward keys prune"):
            keyring.prepare_rotation(NOW)
        with pytest.raises(KeyringError, match=r"no id left .* run taskward keys prune"):
            keyring.rotate(NOW, SOON)

        keyring.prune(LATER, LATER)
        keyring.rotate(NOW, LATER)
        assert [key.id for key in of(REFRESH, keyring)] == ["254", "255", "1"]

    def test_an_id_rests_as_long_as_possible(self, path: Path) -> None:
        keyring = open_keyring(path.parent)
        keyring.rotate(NOW, NOW)

        keyring.prune(LATER, LATER)
        keyring.rotate(NOW, SOON)

        assert [key.id for key in of(REFRESH, keyring)] == ["2", "3", "4"]


class TestChangeOfAlgorithm:
    def test_the_new_one_signs_at_once_and_the_old_one_still_verifies(self, path: Path) -> None:
        old = open_keyring(path.parent, "EdDSA").snapshot().signing_key_at(NOW)

        keys = open_keyring(path.parent, "ES256", now=NOW).snapshot()

        assert keys.signing_key_at(NOW).algorithm == "ES256"
        assert keys.verifying_key(old.id) == old

    def test_the_new_one_has_a_current_and_a_next_key(self, path: Path) -> None:
        open_keyring(path.parent, "EdDSA")

        keyring = open_keyring(path.parent, "ES256", now=NOW)

        assert [(key.algorithm, key.active_from) for key in of(ACCESS, keyring)] == [
            ("EdDSA", MADE_AT),
            ("ES256", NOW),
            ("ES256", None),
        ]
        assert [key.active_from for key in of(REFRESH, keyring)] == [MADE_AT, None]

    def test_what_was_issued_within_the_same_second_is_signed_by_the_new_one(
        self, path: Path
    ) -> None:
        open_keyring(path.parent, "EdDSA")

        keys = open_keyring(path.parent, "ES256", now=NOW).snapshot()

        assert keys.signing_key_at(NOW.replace(microsecond=0)).algorithm == "ES256"

    def test_it_happens_once(self, path: Path) -> None:
        open_keyring(path.parent, "EdDSA")
        before = open_keyring(path.parent, "ES256", now=NOW).keys()

        second = open_keyring(path.parent, "ES256", now=LATER)

        assert second.keys() == before

    def test_a_process_that_still_has_the_old_one_goes_on_signing_with_it(self, path: Path) -> None:
        old = open_keyring(path.parent, "EdDSA")
        open_keyring(path.parent, "ES256", now=NOW)

        old.prune(LATER, LATER)

        assert old.snapshot().signing_key_at(LATER).algorithm == "EdDSA"

    def test_there_and_back_again_keeps_each_key_while_its_tokens_live(self, path: Path) -> None:
        times = [MADE_AT + timedelta(minutes=minute) for minute in range(4)]
        signing = [
            open_keyring(path.parent, algorithm, now=now).snapshot().signing_key_at(now)
            for algorithm, now in zip(["EdDSA", "ES256", "EdDSA", "ES256"], times, strict=True)
        ]
        keyring = open_keyring(path.parent, "ES256")

        pruned = keyring.prune(access_before=times[3], refresh_before=times[3])

        assert [key.id for key in pruned] == [signing[0].id, signing[1].id]

    def test_keys_of_the_old_one_are_pruned_in_their_time(self, path: Path) -> None:
        open_keyring(path.parent, "EdDSA")
        keyring = open_keyring(path.parent, "HS256", now=NOW)

        pruned = keyring.prune(LATER, LATER)

        assert [key.algorithm for key in pruned] == ["EdDSA"]
        assert keyring.public_keys() == {"keys": []}

    def test_a_pending_rotation_does_not_bring_the_old_one_back(self, path: Path) -> None:
        open_keyring(path.parent, "EdDSA").rotate(NOW, SOON)

        keyring = open_keyring(path.parent, "ES256", now=NOW)
        before = keyring.keys()
        again = open_keyring(path.parent, "ES256", now=NOW)

        assert again.keys() == before
        assert keyring.snapshot().signing_key_at(NOW).algorithm == "ES256"
