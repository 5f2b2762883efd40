"""What is promised of Store. No use case asks for it, so there is no fake to hold to it."""

import pytest

from application.ports.store import SchemaOutdated, Store


class StoreContract:
    def test_one_without_a_schema_is_refused_until_it_is_upgraded(self, store: Store) -> None:
        with pytest.raises(SchemaOutdated):
            store.check()
        assert store.current() is None

        store.upgrade()

        store.check()
        assert store.current() is not None

    def test_an_upgrade_is_safe_to_repeat(self, store: Store) -> None:
        store.upgrade()
        revision = store.current()

        store.upgrade()

        assert store.current() == revision
        store.check()

    def test_it_connects_again_after_it_was_disconnected(self, store: Store) -> None:
        store.upgrade()

        for _ in range(2):
            store.disconnect()
            store.check()
