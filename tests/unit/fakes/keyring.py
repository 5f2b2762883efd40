from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import count, pairwise
from typing import Any

from application.ports.keyring import KeyDescription, KeyPurpose

ALGORITHMS = {KeyPurpose.ACCESS: "EdDSA", KeyPurpose.REFRESH: "HS256"}


class FakeKeyring:
    """Descriptions of keys that do not exist."""

    def __init__(self, created_at: datetime) -> None:
        self._ids = count(1)
        self._keys = {
            purpose: [
                self._key(purpose, created_at, active_from=created_at),
                self._key(purpose, created_at),
            ]
            for purpose in KeyPurpose
        }

    def keys(self) -> Sequence[KeyDescription]:
        keys = [key for of_purpose in self._keys.values() for key in of_purpose]
        return sorted(keys, key=lambda key: key.created_at)

    def prepare_rotation(self, now: datetime) -> None:
        for purpose, keys in self._keys.items():
            if keys[-2].active_from is not None:
                keys.append(self._key(purpose, now))

    def rotate(self, now: datetime, active_from: datetime) -> None:
        self.prepare_rotation(now)
        for keys in self._keys.values():
            keys[-2] = replace(keys[-2], active_from=active_from)

    def prune(self, access_before: datetime, refresh_before: datetime) -> Sequence[KeyDescription]:
        before = {KeyPurpose.ACCESS: access_before, KeyPurpose.REFRESH: refresh_before}
        pruned = [
            key
            for purpose, keys in self._keys.items()
            for key, successor in pairwise(keys)
            if successor.active_from is not None and successor.active_from < before[purpose]
        ]
        for key in pruned:
            self._keys[key.purpose].remove(key)
        return pruned

    def public_keys(self) -> dict[str, Any]:
        keys = self._keys[KeyPurpose.ACCESS]
        return {"keys": [{"kid": key.id, "alg": key.algorithm, "use": "sig"} for key in keys]}

    def _key(
        self, purpose: KeyPurpose, created_at: datetime, active_from: datetime | None = None
    ) -> KeyDescription:
        key_id = f"key-{next(self._ids)}"
        return KeyDescription(key_id, purpose, ALGORITHMS[purpose], created_at, active_from)
