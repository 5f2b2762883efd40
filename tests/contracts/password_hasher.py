"""What every PasswordHasher promises. Bind it by a subclass that overrides the fixtures."""

from datetime import timedelta

import pytest

from application.ports.password_hasher import HasherBusy, PasswordHasher

PASSWORD = "correct horse battery staple"


class PasswordHasherContract:
    @pytest.fixture
    def hasher(self) -> PasswordHasher:
        raise NotImplementedError

    @pytest.fixture
    def busy_hasher(self) -> PasswordHasher:
        """One that has as much under way as it takes."""
        raise NotImplementedError

    def test_a_password_verifies_against_its_own_hash(self, hasher: PasswordHasher) -> None:
        encoded = hasher.hash(PASSWORD)

        right = hasher.verify(PASSWORD, encoded)

        assert right is True

    @pytest.mark.parametrize(
        "other", ["Correct horse battery staple", PASSWORD + " ", PASSWORD[:-1], ""]
    )
    def test_another_password_does_not(self, hasher: PasswordHasher, other: str) -> None:
        encoded = hasher.hash(PASSWORD)

        right = hasher.verify(other, encoded)

        assert right is False

    @pytest.mark.parametrize(
        "password",
        [
            "pässwörd",
            "p" * 128,
            pytest.param("\U0001f511" * 128, id="keys"),
            "pass\x00word",
            "  spaces  ",
        ],
    )
    def test_a_password_may_have_any_characters(
        self, hasher: PasswordHasher, password: str
    ) -> None:
        encoded = hasher.hash(password)

        right = hasher.verify(password, encoded)

        assert right is True

    def test_what_follows_a_nul_character_counts(self, hasher: PasswordHasher) -> None:
        encoded = hasher.hash("pass\x00word")

        right = hasher.verify("pass\x00wort", encoded)

        assert right is False

    def test_hashes_are_salted(self, hasher: PasswordHasher) -> None:
        first = hasher.hash(PASSWORD)

        second = hasher.hash(PASSWORD)

        assert first != second

    def test_nobody_has_a_password(self, hasher: PasswordHasher) -> None:
        nobody = None

        right = hasher.verify(PASSWORD, nobody)

        assert right is False

    @pytest.mark.parametrize("unreadable", ["", "junk", "$", "\udc80", "\x00"])
    def test_an_unreadable_hash_is_nobodys(self, hasher: PasswordHasher, unreadable: str) -> None:
        encoded = unreadable

        right = hasher.verify(PASSWORD, encoded)

        assert right is False
        assert hasher.needs_rehash(encoded) is True

    def test_a_fresh_hash_needs_no_rehash(self, hasher: PasswordHasher) -> None:
        encoded = hasher.hash(PASSWORD)

        stale = hasher.needs_rehash(encoded)

        assert stale is False

    def test_a_busy_hasher_says_so_and_when_to_come_back(self, busy_hasher: PasswordHasher) -> None:
        with pytest.raises(HasherBusy) as hashing:
            busy_hasher.hash(PASSWORD)
        with pytest.raises(HasherBusy) as verifying:
            busy_hasher.verify(PASSWORD, None)

        assert hashing.value.retry_after > timedelta(0)
        assert verifying.value.retry_after > timedelta(0)
