import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Any

from adapters.security import key_file, key_format
from adapters.security.key_material import SIGNING_ALGORITHMS
from adapters.security.key_set import MASTER_KEY_IDS, KeySet, NoKeyIdLeft
from adapters.security.keys import Key
from application.ports.clock import Clock
from application.ports.keyring import KeyDescription, KeyringError

_logger = logging.getLogger("taskward.keyring")


class FileKeyring:
    """The keys, in a file with mode 0600 that all workers of a machine share.

    The file is made on the first start. Afterwards nothing but ``prepare_rotation``, ``rotate``
    and ``prune`` changes it, or a start with an ``algorithm`` that is not the one in use: keys of
    that one are added and sign at once, and the keys before go on to verify.

    The file is looked at every ``check_every``. A process that runs keeps the keys it has when it
    finds the file unreadable, and warns once; one that starts raises KeyringError instead, as does
    whatever changes it, and never overwrites it.
    """

    def __init__(
        self,
        path: Path,
        algorithm: str,
        clock: Clock,
        *,
        check_every: timedelta = timedelta(seconds=1),
    ) -> None:
        if algorithm not in SIGNING_ALGORITHMS:
            raise ValueError(f"The algorithm must be one of {', '.join(SIGNING_ALGORITHMS)}.")
        self._path = path
        self._algorithm = algorithm
        self._check_every = check_every.total_seconds()
        self._lock = Lock()
        self._check_at = monotonic()
        self._complaint = ""
        self._open(clock.now())

    def snapshot(self) -> KeySet:
        """The keys as they stand: the same object for as long as nothing has changed."""
        # Whoever comes while another looks need not wait for what is mostly no news.
        if monotonic() >= self._check_at and self._lock.acquire(blocking=False):
            try:
                self._look()
            finally:
                self._lock.release()
        return self._keys

    def look_again(self) -> KeySet:
        """The keys as they stand by now, for who has met a key that it doesn't know."""
        with self._lock:
            self._look()
        return self._keys

    def master_key(self, number: int) -> Key | None:
        """The one of that id, also if another process has just made it; None if there is none."""
        return self.snapshot().refresh_key(number) or self.look_again().refresh_key(number)

    def keys(self) -> Sequence[KeyDescription]:
        return [key.description for key in self.snapshot().keys]

    def public_keys(self) -> dict[str, Any]:
        return self.snapshot().public_keys()

    def prepare_rotation(self, now: datetime) -> None:
        with self._naming_lack_of_ids():
            before = self._read()
            # While nobody is kept from the file: an RSA key takes seconds.
            prepared = before.prepared(now)
            self._change(lambda keys: prepared if keys == before else keys.prepared(now))

    def rotate(self, now: datetime, active_from: datetime) -> None:
        with self._naming_lack_of_ids():
            self._change(lambda keys: keys.rotated(now, active_from))

    def prune(self, access_before: datetime, refresh_before: datetime) -> Sequence[KeyDescription]:
        before, after = self._change(lambda keys: keys.pruned(access_before, refresh_before))
        return [key.description for key in before.keys if key not in after.keys]

    def _open(self, now: datetime) -> None:
        if key_file.read(self._path) is None:
            first = KeySet.first(self._algorithm, now)
            key_file.create(self._path, key_format.dump(first.keys))
        self._stamp = key_file.stamp(self._path)
        self._keys = self._read()
        if self._keys.newest_algorithm != self._algorithm:
            self._change(lambda keys: keys.switched(now))

    def _change(self, decide: Callable[[KeySet], KeySet]) -> tuple[KeySet, KeySet]:
        """Decide on what is stored by now, and store it, while no other process does the same."""
        with self._lock, key_file.locked(self._path):
            before = self._read()
            after = decide(before)
            if after != before:
                key_file.replace(self._path, key_format.dump(after.keys))
            self._stamp, self._keys = key_file.stamp(self._path), after
        return before, after

    @contextmanager
    def _naming_lack_of_ids(self) -> Iterator[None]:
        try:
            yield
        except NoKeyIdLeft as error:
            raise KeyringError(
                f"The keyring {self._path} has no id left for another key, of which there are "
                f"{len(MASTER_KEY_IDS)}: run taskward keys prune."
            ) from error

    def _look(self) -> None:
        self._check_at = monotonic() + self._check_every
        # Taken before reading: what changes in between is noticed the next time.
        stamp = key_file.stamp(self._path)
        if stamp == self._stamp:
            return
        try:
            keys = self._read()
        except KeyringError as error:
            self._complain(str(error))
            return
        self._stamp, self._complaint = stamp, ""
        if keys != self._keys:
            self._keys = keys

    def _complain(self, complaint: str) -> None:
        if complaint != self._complaint:
            _logger.warning("%s This process goes on with the keys that it has.", complaint)
        self._complaint = complaint

    def _read(self) -> KeySet:
        content = key_file.read(self._path)
        if content is None:
            raise KeyringError(f"The keyring {self._path} is gone: put back a backup of it.")
        try:
            return KeySet(key_format.parse(content), self._algorithm)
        except ValueError as error:
            raise KeyringError(
                f"The keyring {self._path} is damaged: put back a backup of it, or move it away "
                "and start again, whereupon everybody has to sign in anew."
            ) from error
