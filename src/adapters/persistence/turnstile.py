from collections import deque
from threading import Lock
from time import monotonic


class Place:
    """Where a thread waits for its turn."""

    __slots__ = ("_called",)

    def __init__(self) -> None:
        self._called = Lock()
        self._called.acquire()

    def call(self) -> None:
        self._called.release()

    def is_called_by(self, deadline: float) -> bool:
        """Waits until then, on ``time.monotonic``, at the longest."""
        return self._called.acquire(timeout=max(0.0, deadline - monotonic()))


class Turnstile:
    """Lets threads in one at a time, in the order in which they came."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._is_taken = False
        self._places: deque[Place] = deque()

    def enter(self) -> Place | None:
        """None when the turn is the caller's at once, else where to wait for it."""
        with self._lock:
            if not self._is_taken:
                self._is_taken = True
                return None
            place = Place()
            self._places.append(place)
            return place

    def is_given_up(self, place: Place) -> bool:
        """Wait no longer. False when the turn has come meanwhile: then it is the caller's."""
        with self._lock:
            if place not in self._places:
                return False
            self._places.remove(place)
            return True

    def hand_over(self) -> bool:
        """Let the next one in. False when there is none: then the turn is the caller's still.

        Who is let in can't have given up, so what is left to the next one is seen to.
        """
        with self._lock:
            if not self._places:
                return False
            self._places.popleft().call()
            return True

    def leave(self) -> None:
        """Let the next one in, or whoever comes."""
        with self._lock:
            if self._places:
                self._places.popleft().call()
            else:
                self._is_taken = False
