"""Answers that need not be made again while nothing has changed."""

from threading import Lock
from typing import NamedTuple

from domain.session import SessionId

_MAX_BYTES = 4 * 1024 * 1024

BYTES_AN_ENTRY = 300
"""What a list takes beside its body at most: its session's id, its tuple, its place in the dict.

Measured by tracemalloc on CPython 3.11: 207 to 277, by how full the dict is.
"""


class KnownList(NamedTuple):
    """A list of tasks as it goes over the wire, and its revision, which tells whether it is old."""

    revision: int
    body: bytes


_NONE = KnownList(-1, b"")


class KnownLists:
    """The lists answered last, within ``max_bytes``: the one made longest ago goes first.

    Kept by session and not by user: an id that is imported again after its account was deleted is
    somebody else, and counts revisions from the start.

    They are no substitute for asking the store: it alone knows what the current revision is.
    """

    def __init__(self, max_bytes: int = _MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._lists: dict[SessionId, KnownList] = {}
        self._changing = Lock()

    def of_session(self, session_id: SessionId) -> KnownList:
        """The list last made for it; one of revision -1, which never is, if there is none."""
        return self._lists.get(session_id, _NONE)

    def keep(self, session_id: SessionId, made: KnownList) -> None:
        """One that is larger than all the room is not kept, and drives out nobody else's."""
        if len(made.body) + BYTES_AN_ENTRY > self._max_bytes:
            return
        # A copy, for orjson leaves all the room behind a body into which it might have grown.
        body = bytes(memoryview(made.body))
        with self._changing:
            self._bytes += len(body) - len(self._lists.pop(session_id, _NONE).body)
            self._lists[session_id] = KnownList(made.revision, body)
            while self._bytes + BYTES_AN_ENTRY * len(self._lists) > self._max_bytes:
                oldest = next(iter(self._lists))
                self._bytes -= len(self._lists.pop(oldest).body)
