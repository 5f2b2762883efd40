from collections import deque
from threading import Lock

from adapters.persistence.turn import Call, Turn


class Turnstile:
    """Lets threads in one at a time, in the order in which they came.

    Who is let in goes before all others of the worker, since all who write wait for it.
    """

    def __init__(self, turn: Turn) -> None:
        self._turn = turn
        self._lock = Lock()
        self._is_taken = False
        self._calls: deque[Call] = deque()

    def enter(self) -> Call | None:
        """None when the caller is let in at once, else what to wait for."""
        with self._lock:
            if not self._is_taken:
                self._is_taken = True
                return None
            call = Call(self._turn)
            self._calls.append(call)
            return call

    def give_up(self, call: Call) -> bool:
        """Wait no longer. False when the call has been made meanwhile: then the caller is in."""
        with self._lock:
            is_waiting = call in self._calls
            if is_waiting:
                self._calls.remove(call)
        if is_waiting:
            call.make()
        call.wait()
        return is_waiting

    def hand_over(self) -> bool:
        """Let the next one in. False when there is none: then the caller is in still.

        Who is let in can't have given up, so what is left to the next one is seen to.
        """
        with self._lock:
            return self._let_next_in()

    def leave(self) -> None:
        """Let the next one in, or whoever comes."""
        with self._lock:
            self._is_taken = self._let_next_in()

    def _let_next_in(self) -> bool:
        if not self._calls:
            return False
        self._calls.popleft().make(first=True)
        return True
