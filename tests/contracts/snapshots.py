"""What is promised of Snapshots. No use case asks for it, so there is no fake to hold to it."""

from pathlib import Path

import pytest

from application.ports.snapshots import SnapshotRefused, Snapshots
from application.ports.store import Store, StoreUnavailable
from application.ports.unit_of_work import UnitOfWork
from tests.contracts.unit_of_work import add, stored
from tests.samples import ADA, BOB, a_user, bob


class SnapshotsContract:
    def test_what_is_put_back_is_as_it_was_when_it_was_taken(
        self, snapshots: Snapshots, store: Store, uow: UnitOfWork, tmp_path: Path
    ) -> None:
        told: list[tuple[int, int]] = []
        add(uow, a_user())
        snapshots.take(tmp_path / "copy", lambda done, total: told.append((done, total)))
        add(uow, bob())
        store.disconnect()

        kept = snapshots.put_back(tmp_path / "copy", ".before")

        assert (stored(uow, ADA), stored(uow, BOB)) == (a_user(), None)
        assert kept is not None
        assert kept.name.endswith(".before")
        assert told[-1][0] == told[-1][1]

    def test_a_copy_is_for_its_owner_alone(self, snapshots: Snapshots, tmp_path: Path) -> None:
        snapshots.take(tmp_path / "copy", lambda _done, _total: None)

        assert (tmp_path / "copy").stat().st_mode & 0o777 == 0o600

    def test_what_is_no_copy_is_refused_and_nothing_changes(
        self, snapshots: Snapshots, store: Store, uow: UnitOfWork, tmp_path: Path
    ) -> None:
        add(uow, a_user())
        store.disconnect()
        (tmp_path / "other").write_text("something else, and long enough to be looked at" * 20)

        with pytest.raises((SnapshotRefused, StoreUnavailable)):
            snapshots.put_back(tmp_path / "other", ".before")

        assert stored(uow, ADA) == a_user()
