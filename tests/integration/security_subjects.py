"""Keyrings to test with."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapters.security.keyring import FileKeyring
from tests.unit.fakes.clock import FakeClock

MADE_AT = datetime(2029, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)


def open_keyring(
    directory: Path,
    algorithm: str = "EdDSA",
    *,
    now: datetime = MADE_AT,
    check_every: timedelta = timedelta(0),
) -> FileKeyring:
    """The keyring in the directory, as a process that starts ``now`` opens it."""
    path = directory / "keyring.json"
    return FileKeyring(path, algorithm, FakeClock(now), check_every=check_every)
