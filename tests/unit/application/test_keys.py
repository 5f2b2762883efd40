from datetime import timedelta

import pytest

from application.ports.keyring import KeyPurpose, KeyringError
from application.ports.store import StoreUnavailable
from domain.security_event import SecurityEventKind
from domain.session import InvalidAccessToken
from tests.unit.world import World

SECOND = timedelta(seconds=1)


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
        before = world.keyring.keys()
        world.uow.is_available = False

        with pytest.raises(StoreUnavailable):
            world.rotate_keys()

        assert world.keyring.keys() == before

    def test_is_not_recorded_when_it_does_not_happen(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object) -> None:
            raise KeyringError("The keyring cannot be written.")

        monkeypatch.setattr(world.keyring, "rotate", fail)

        with pytest.raises(KeyringError):
            world.rotate_keys()

        assert world.security_events == []


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
