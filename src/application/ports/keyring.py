from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


class KeyringError(Exception):
    """The keyring can't be used. The message says which file, why, and what to do."""


class KeyPurpose(StrEnum):
    ACCESS = "access"
    REFRESH = "refresh"


@dataclass(frozen=True, slots=True)
class KeyDescription:
    """A key without its secret. ``active_from`` is None for one published ahead of its use."""

    id: str
    purpose: KeyPurpose
    algorithm: str
    created_at: datetime
    active_from: datetime | None


class Keyring(Protocol):
    """The keys, shared by all workers: what one changes the others see within a second.

    Making one, and whatever changes it, raises KeyringError.
    """

    def keys(self) -> Sequence[KeyDescription]:
        """All keys, oldest first."""
        ...

    def prepare_rotation(self, now: datetime) -> None:
        """Make the keys that the next ``rotate`` needs, unless they are there. It may take seconds.

        None comes into use by it. If keys cannot be made or kept, that is found out here.
        """
        ...

    def rotate(self, now: datetime, active_from: datetime) -> None:
        """Let the next keys become the current ones at ``active_from``.

        New next ones are made, or are those prepared: then it is quick.
        """
        ...

    def prune(self, access_before: datetime, refresh_before: datetime) -> Sequence[KeyDescription]:
        """Remove, and return, the keys whose successor was active before their purpose's time."""
        ...

    def public_keys(self) -> dict[str, Any]:
        """The JSON Web Key Set (RFC 7517, section 5) that verifies access tokens."""
        ...
