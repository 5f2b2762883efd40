from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from application.ports.keyring import KeyDescription, KeyPurpose, KeyringError
from application.ports.store import StoreUnavailable
from application.ports.unit_of_work import UnitOfWork
from domain.security_event import SecurityEventKind
from domain.session import InvalidAccessToken
from tests.unit.fakes.keyring import FakeKeyring
from tests.unit.world import KEY_LIFETIME, World

SECOND = timedelta(seconds=1)


def begun(keys: Sequence[KeyDescription]) -> dict[str, datetime]:
    """Since when which are in use, those published ahead aside."""
    return {key.id: key.active_from for key in keys if key.active_from}


class ReadingKeyring(FakeKeyring):
    """Reads the store when keys are made, which nobody can who is within a transaction."""

    def __init__(self, created_at: datetime, uow: UnitOfWork) -> None:
        super().__init__(created_at)
        self._uow = uow

    def prepare_rotation(self, now: datetime) -> None:
        with self._uow.read():
            super().prepare_rotation(now)


class TestRotateKeys:
    def test_lets_the_next_keys_take_over_when_every_worker_knows(self, world: World) -> None:
        before = world.keyring.keys()

        active_from = world.rotate_keys()

        assert active_from == world.clock.now() + timedelta(seconds=5)
        upcoming = {key.id for key in before if key.active_from is None}
        after = world.keyring.keys()
        assert {key.active_from for key in after if key.id in upcoming} == {active_from}

    def test_makes_new_next_keys_and_keeps_the_ones_before(self, world: World) -> None:
        before = world.keyring.keys()
        world.clock.advance(SECOND)

        world.rotate_keys()

        fresh = world.keyring.keys()[len(before) :]
        assert [key.purpose for key in fresh] == list(KeyPurpose)
        assert {key.created_at for key in fresh} == {world.clock.now()}
        assert {key.active_from for key in fresh} == {None}

    def test_is_recorded_with_when_and_by_whom(self, world: World) -> None:
        world.rotate_keys()

        [event] = world.security_events
        assert (event.kind, event.at) == (SecurityEventKind.KEYS_ROTATED, world.clock.now())
        assert (event.user_id, event.session_id) == (None, None)
        assert event.client.label == "operator"

    def test_does_not_happen_when_it_cannot_be_recorded(self, world: World) -> None:
        before = begun(world.keyring.keys())
        world.uow.is_available = False

        with pytest.raises(StoreUnavailable):
            world.rotate_keys()

        assert begun(world.keyring.keys()) == before

    def test_does_not_happen_when_the_record_is_lost_at_its_commit(self, world: World) -> None:
        def fail() -> None:
            raise StoreUnavailable("The database has no space left.")

        before = begun(world.keyring.keys())
        world.uow.before_commit.once(fail)

        with pytest.raises(StoreUnavailable):
            world.rotate_keys()

        assert begun(world.keyring.keys()) == before

    def test_happens_once_after_a_first_try_that_could_not_be_recorded(self, world: World) -> None:
        rotated = World()
        rotated.rotate_keys()
        world.uow.is_available = False
        with pytest.raises(StoreUnavailable):
            world.rotate_keys()
        world.uow.is_available = True

        world.rotate_keys()

        assert world.keyring.keys() == rotated.keyring.keys()

    def test_is_not_recorded_when_the_keyring_cannot_be_changed(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object) -> None:
            raise KeyringError("The keyring cannot be written.")

        monkeypatch.setattr(world.keyring, "prepare_rotation", fail)
        monkeypatch.setattr(world.keyring, "rotate", fail)

        with pytest.raises(KeyringError):
            world.rotate_keys()

        assert world.security_events == []

    def test_gives_the_whole_notice_however_long_the_store_lets_it_wait(self, world: World) -> None:
        world.uow.before_commit.once(lambda: world.clock.advance(4 * SECOND))

        active_from = world.rotate_keys()

        assert active_from == world.clock.now() + world.rotate_keys.notice

    def test_keeps_nobody_from_the_store_while_keys_are_made(self, world: World) -> None:
        keyring = ReadingKeyring(world.clock.now(), world.uow)
        rotate_keys = replace(world.rotate_keys, keyring=keyring)

        active_from = rotate_keys()

        assert active_from in begun(keyring.keys()).values()


class TestRotateOldKeys:
    def test_does_nothing_until_a_moment_before_they_are_too_old(self, world: World) -> None:
        before = world.keyring.keys()
        world.clock.advance(KEY_LIFETIME - SECOND)

        world.rotate_old_keys()

        assert world.keyring.keys() == before
        assert world.security_events == []

    def test_lets_the_next_ones_take_over_once_and_says_why(self, world: World) -> None:
        before = begun(world.keyring.keys())
        world.clock.advance(KEY_LIFETIME)
        soon = world.clock.now() + world.rotate_keys.notice

        for _ in range(3):
            world.rotate_old_keys()

        after = begun(world.keyring.keys())
        assert [since for key, since in after.items() if key not in before] == [soon, soon]
        [event] = world.security_events
        assert (event.kind, event.detail) == (SecurityEventKind.KEYS_ROTATED, "by_age")

    def test_goes_by_the_last_rotation_whoever_asked_for_it(self, world: World) -> None:
        world.clock.advance(KEY_LIFETIME - SECOND)
        world.rotate_keys()
        world.clock.advance(KEY_LIFETIME - SECOND)

        world.rotate_old_keys()

        assert len(world.security_events) == 1

    def test_removes_those_of_which_no_token_is_left(self, world: World) -> None:
        first = begun(world.keyring.keys())

        for _ in range(2):
            world.clock.advance(KEY_LIFETIME + world.rotate_keys.notice)
            world.rotate_old_keys()

        left = begun(world.keyring.keys())
        assert not set(first) & set(left)
        assert len(left) == 4

    def test_is_never_done_where_keys_have_no_lifetime(self, world: World) -> None:
        before = world.keyring.keys()
        world.clock.advance(100 * KEY_LIFETIME)

        replace(world.rotate_old_keys, lifetime=None)()

        assert world.keyring.keys() == before


class TestPruneKeys:
    def test_removes_nothing_before_a_rotation(self, world: World) -> None:
        world.clock.advance(timedelta(days=365))

        assert list(world.prune_keys()) == []

    def test_keeps_the_keys_of_access_tokens_until_the_last_of_those_has_expired(
        self, world: World
    ) -> None:
        active_from = world.rotate_keys()
        world.clock.advance(active_from + world.policy.access_token - world.clock.now())

        too_early = world.prune_keys()
        world.clock.advance(SECOND)
        pruned = world.prune_keys()

        assert list(too_early) == []
        assert [key.purpose for key in pruned] == [KeyPurpose.ACCESS]

    def test_keeps_them_for_as_long_as_those_are_accepted_after_that(self) -> None:
        leeway = timedelta(minutes=5)
        world = World(leeway=leeway)
        grant = world.logged_in(world.user())
        active_from = world.rotate_keys()
        last = active_from + world.policy.access_token + leeway

        world.clock.advance(last - world.clock.now())
        too_early = world.prune_keys()
        world.clock.advance(SECOND)
        pruned = world.prune_keys()

        assert list(too_early) == []
        assert [key.purpose for key in pruned] == [KeyPurpose.ACCESS]
        with pytest.raises(InvalidAccessToken):
            world.authenticate(grant.access_token)

    def test_keeps_the_keys_of_refresh_tokens_until_the_last_of_those_was_idle_for_too_long(
        self, world: World
    ) -> None:
        active_from = world.rotate_keys()
        world.clock.advance(active_from + world.policy.idle - world.clock.now())

        too_early = world.prune_keys()
        world.clock.advance(SECOND)
        pruned = world.prune_keys()

        assert [key.purpose for key in too_early] == [KeyPurpose.ACCESS]
        assert [key.purpose for key in pruned] == [KeyPurpose.REFRESH]

    def test_returns_what_is_there_no_more(self, world: World) -> None:
        before = world.keyring.keys()
        world.rotate_keys()
        world.clock.advance(timedelta(days=365))

        pruned = world.prune_keys()

        assert {key.id for key in pruned} == {
            key.id for key in before if key.active_from is not None
        }
        assert not set(pruned) & set(world.keyring.keys())
