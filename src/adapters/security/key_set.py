import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise
from operator import itemgetter
from typing import Any

from adapters.security import key_material
from adapters.security.keys import Key
from application.ports.keyring import KeyPurpose

MASTER_KEY_IDS = range(1, 256)
"""The id of a master key is one byte of every refresh token; 0 stays unused."""


class NoKeyIdLeft(Exception):
    """All ids of master keys are taken."""


@dataclass(frozen=True, slots=True)
class KeySet:
    """All keys as they stand at one moment, in the order in which they were made.

    ``algorithm`` is what new access tokens are signed with; keys of others still verify. Of each
    purpose one key is in use and one, without ``active_from``, waits for the next rotation; two do
    where that is prepared.
    """

    keys: tuple[Key, ...]
    algorithm: str
    _begun: Mapping[KeyPurpose, Sequence[tuple[datetime, Key]]] = field(
        init=False, repr=False, compare=False
    )
    """By purpose, since or from when which keys are in use. Every new token asks for it."""

    def __post_init__(self) -> None:
        begun = {purpose: self._sorted_by_begin(purpose) for purpose in KeyPurpose}
        object.__setattr__(self, "_begun", begun)

    @classmethod
    def first(cls, algorithm: str, now: datetime) -> "KeySet":
        """Keys that are in use from ``now``, and their next ones."""
        return cls((), algorithm).rotated(now, now)

    @property
    def newest_algorithm(self) -> str:
        """That of the access key which is the last to come into use."""
        return self._begun[KeyPurpose.ACCESS][-1][1].algorithm

    def signing_key_at(self, instant: datetime) -> Key:
        """The access key that signs what is issued at ``instant``."""
        begun = self._begun[KeyPurpose.ACCESS]
        ours = [(since, key) for since, key in begun if key.algorithm == self.algorithm]
        return _in_use_at(ours or begun, instant)

    def verifying_key(self, kid: str) -> Key | None:
        return self._find(KeyPurpose.ACCESS, kid)

    def refresh_key_at(self, instant: datetime) -> Key:
        """The master key of refresh tokens issued at ``instant``."""
        return _in_use_at(self._begun[KeyPurpose.REFRESH], instant)

    def refresh_key(self, number: int) -> Key | None:
        return self._find(KeyPurpose.REFRESH, str(number))

    def public_keys(self) -> dict[str, Any]:
        """The JSON Web Key Set (RFC 7517, section 5) of all access keys that are key pairs."""
        jwks = [key.jwk for key in self.keys if key.purpose is KeyPurpose.ACCESS]
        return {"keys": [jwk for jwk in jwks if jwk is not None]}

    def prepared(self, now: datetime) -> "KeySet":
        """With a key behind each next one, so that ``rotated`` has none to make."""
        access = self._with_next(KeyPurpose.ACCESS, now, 2)
        return access._with_next(KeyPurpose.REFRESH, now, 2)

    def rotated(self, now: datetime, active_from: datetime) -> "KeySet":
        """With the next keys in use from ``active_from``, and new next ones, made ``now``."""
        access = self._rotated(KeyPurpose.ACCESS, now, active_from)
        return access._rotated(KeyPurpose.REFRESH, now, active_from)

    def switched(self, now: datetime) -> "KeySet":
        """With access keys of the algorithm in use at once; itself when they are already."""
        if self.newest_algorithm == self.algorithm:
            return self
        since, _ = self._begun[KeyPurpose.ACCESS][-1]
        used = tuple(
            key
            for key in self.keys
            if key.purpose is not KeyPurpose.ACCESS or key.active_from is not None
        )
        return replace(self, keys=used)._rotated(KeyPurpose.ACCESS, now, max(now, since))

    def pruned(self, access_before: datetime, refresh_before: datetime) -> "KeySet":
        """Without the keys whose successor was in use before their purpose's time."""
        gone = [
            *self._succeeded(KeyPurpose.ACCESS, access_before),
            *self._succeeded(KeyPurpose.REFRESH, refresh_before),
        ]
        return replace(self, keys=tuple(key for key in self.keys if key not in gone))

    def _find(self, purpose: KeyPurpose, key_id: str) -> Key | None:
        found = (key for key in self.keys if key.purpose is purpose and key.id == key_id)
        return next(found, None)

    def _sorted_by_begin(self, purpose: KeyPurpose) -> list[tuple[datetime, Key]]:
        begun = [
            (key.active_from, key)
            for key in self.keys
            if key.purpose is purpose and key.active_from is not None
        ]
        return sorted(begun, key=itemgetter(0))

    def _succeeded(self, purpose: KeyPurpose, before: datetime) -> list[Key]:
        begun = self._begun[purpose]
        # Another process may run with another algorithm: ours must not be left without a key.
        ours = [key for _, key in begun if key.algorithm == self._algorithm_of(purpose)]
        return [
            key
            for (_, key), (until, _) in pairwise(begun)
            if until < before and key not in ours[-1:]
        ]

    def _rotated(self, purpose: KeyPurpose, now: datetime, active_from: datetime) -> "KeySet":
        complete = self._with_next(purpose, now)
        following = next(key for key in complete.keys if complete._is_next(key, purpose))
        keys = tuple(
            replace(key, active_from=active_from) if key is following else key
            for key in complete.keys
        )
        return replace(self, keys=keys)._with_next(purpose, now)

    def _with_next(self, purpose: KeyPurpose, now: datetime, count: int = 1) -> "KeySet":
        if sum(self._is_next(key, purpose) for key in self.keys) >= count:
            return self
        algorithm = self._algorithm_of(purpose)
        secret = key_material.generate(algorithm)
        key = Key(self._new_id(purpose), purpose, algorithm, now, None, secret)
        return replace(self, keys=(*self.keys, key))._with_next(purpose, now, count)

    def _is_next(self, key: Key, purpose: KeyPurpose) -> bool:
        return (
            key.purpose is purpose
            and key.active_from is None
            and key.algorithm == self._algorithm_of(purpose)
        )

    def _algorithm_of(self, purpose: KeyPurpose) -> str:
        return self.algorithm if purpose is KeyPurpose.ACCESS else key_material.MASTER_ALGORITHM

    def _new_id(self, purpose: KeyPurpose) -> str:
        if purpose is KeyPurpose.ACCESS:
            return secrets.token_hex(8)
        taken = [int(key.id) for key in self.keys if key.purpose is KeyPurpose.REFRESH]
        # From the newest onwards, so that an id rests as long as possible before it comes again.
        turns = (*MASTER_KEY_IDS[max(taken[-1:], default=0) :], *MASTER_KEY_IDS)
        free = next((number for number in turns if number not in taken), None)
        if free is None:
            raise NoKeyIdLeft
        return str(free)


def _in_use_at(begun: Sequence[tuple[datetime, Key]], instant: datetime) -> Key:
    """The last to begin by then. The first of all for a time before it, should clocks differ."""
    past = [key for since, key in begun if since <= instant]
    return past[-1] if past else begun[0][1]
