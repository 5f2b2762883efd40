"""What every Keyring promises. Bind it by a subclass that overrides the fixtures."""

from datetime import UTC, datetime, timedelta

import pytest

from application.ports.keyring import KeyDescription, KeyPurpose, Keyring

NOW = datetime(2030, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
SOON = NOW + timedelta(seconds=5)
LATER = NOW + timedelta(days=100)
PRIVATE_MEMBERS = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}


def of(purpose: KeyPurpose, keyring: Keyring) -> list[KeyDescription]:
    keys = keyring.keys()
    return [key for key in keys if key.purpose is purpose]


class KeyringContract:
    @pytest.fixture
    def keyring(self) -> Keyring:
        """One as it is on the first start, made before ``NOW``."""
        raise NotImplementedError

    @pytest.fixture
    def other_worker(self, keyring: Keyring) -> Keyring:
        """The same keys as another worker has them. A fake may give the subject itself."""
        raise NotImplementedError

    @pytest.mark.parametrize("purpose", KeyPurpose)
    def test_there_is_a_key_in_use_and_one_published_ahead(
        self, keyring: Keyring, purpose: KeyPurpose
    ) -> None:
        current, upcoming = of(purpose, keyring)

        assert current.active_from is not None
        assert current.active_from <= NOW
        assert upcoming.active_from is None

    def test_keys_of_one_purpose_have_ids_of_their_own(self, keyring: Keyring) -> None:
        for _ in range(3):
            keyring.rotate(NOW, SOON)
        keys = keyring.keys()

        ids = [(key.purpose, key.id) for key in keys]

        assert len(set(ids)) == len(ids)

    @pytest.mark.parametrize("purpose", KeyPurpose)
    def test_a_rotation_lets_the_next_key_take_over_and_makes_another(
        self, keyring: Keyring, purpose: KeyPurpose
    ) -> None:
        before, upcoming = of(purpose, keyring)

        keyring.rotate(NOW, SOON)

        first, second, third = of(purpose, keyring)
        assert first == before
        assert (second.id, second.active_from) == (upcoming.id, SOON)
        assert (third.created_at, third.active_from) == (NOW, None)

    @pytest.mark.parametrize("purpose", KeyPurpose)
    def test_what_is_prepared_is_published_behind_the_next_key_and_not_in_use(
        self, keyring: Keyring, purpose: KeyPurpose
    ) -> None:
        before = of(purpose, keyring)

        keyring.prepare_rotation(NOW)

        *others, prepared = of(purpose, keyring)
        assert others == before
        assert (prepared.created_at, prepared.active_from) == (NOW, None)

    def test_what_is_prepared_is_not_prepared_again(self, keyring: Keyring) -> None:
        keyring.prepare_rotation(NOW)
        before = keyring.keys()

        keyring.prepare_rotation(LATER)

        assert keyring.keys() == before

    @pytest.mark.parametrize("purpose", KeyPurpose)
    def test_a_rotation_that_is_prepared_makes_no_key(
        self, keyring: Keyring, purpose: KeyPurpose
    ) -> None:
        keyring.prepare_rotation(NOW)
        _, upcoming, prepared = of(purpose, keyring)

        keyring.rotate(LATER, LATER)

        _, second, third = of(purpose, keyring)
        assert (second.id, second.active_from) == (upcoming.id, LATER)
        assert third == prepared

    def test_keys_are_told_oldest_first(self, keyring: Keyring) -> None:
        keyring.rotate(NOW, SOON)
        keyring.rotate(LATER, LATER)

        keys = keyring.keys()

        times = [key.created_at for key in keys]
        assert times == sorted(times)

    def test_another_worker_sees_a_rotation(self, keyring: Keyring, other_worker: Keyring) -> None:
        other_worker.keys()

        keyring.rotate(NOW, SOON)

        assert other_worker.keys() == keyring.keys()
        assert other_worker.public_keys() == keyring.public_keys()

    def test_another_worker_sees_a_pruning(self, keyring: Keyring, other_worker: Keyring) -> None:
        keyring.rotate(NOW, SOON)
        other_worker.keys()

        keyring.prune(LATER, LATER)

        assert other_worker.keys() == keyring.keys()

    def test_pruning_removes_and_returns_what_has_been_succeeded(self, keyring: Keyring) -> None:
        before = keyring.keys()
        keyring.rotate(NOW, SOON)

        pruned = keyring.prune(LATER, LATER)

        assert [key.id for key in pruned] == [
            key.id for key in before if key.active_from is not None
        ]
        assert not set(pruned) & set(keyring.keys())

    def test_a_key_is_kept_until_its_successor_was_active_before(self, keyring: Keyring) -> None:
        keyring.rotate(NOW, SOON)

        pruned = keyring.prune(SOON, SOON)

        assert list(pruned) == []

    @pytest.mark.parametrize("purpose", KeyPurpose)
    def test_each_purpose_has_its_own_time(self, keyring: Keyring, purpose: KeyPurpose) -> None:
        keyring.rotate(NOW, SOON)

        pruned = keyring.prune(
            access_before=LATER if purpose is KeyPurpose.ACCESS else NOW,
            refresh_before=LATER if purpose is KeyPurpose.REFRESH else NOW,
        )

        assert [key.purpose for key in pruned] == [purpose]

    @pytest.mark.parametrize("rotations", [0, 1, 3])
    def test_pruning_never_removes_the_current_or_the_next_key(
        self, keyring: Keyring, rotations: int
    ) -> None:
        for _ in range(rotations):
            keyring.rotate(NOW, SOON)
        kept = [of(purpose, keyring)[-2:] for purpose in KeyPurpose]

        keyring.prune(LATER, LATER)

        assert [of(purpose, keyring) for purpose in KeyPurpose] == kept

    def test_a_key_whose_turn_has_not_come_removes_none(self, keyring: Keyring) -> None:
        keyring.rotate(NOW, LATER)
        before = keyring.keys()

        pruned = keyring.prune(NOW, NOW)

        assert list(pruned) == []
        assert keyring.keys() == before

    def test_the_public_keys_are_those_of_access_tokens(self, keyring: Keyring) -> None:
        keyring.rotate(NOW, SOON)

        published = keyring.public_keys()["keys"]

        assert [(jwk["kid"], jwk["alg"]) for jwk in published] == [
            (key.id, key.algorithm)
            for key in of(KeyPurpose.ACCESS, keyring)
            if not key.algorithm.startswith("HS")
        ]
        assert all(jwk["use"] == "sig" for jwk in published)

    def test_the_public_keys_hold_nothing_private(self, keyring: Keyring) -> None:
        published = keyring.public_keys()["keys"]

        assert not any(PRIVATE_MEMBERS & set(jwk) for jwk in published)
