from datetime import timedelta

from application.ports.keyring import KeyPurpose
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
