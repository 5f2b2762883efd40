from threading import Lock
from time import monotonic

from adapters.persistence.turn import Call, Turn
from application.ports.store import StoreUnavailable


class Group:
    """Transactions that become durable together, or not at all."""

    def __init__(self, turn: Turn) -> None:
        self.began = monotonic()
        self.members = 0
        self.has_kept = False
        self.failure: BaseException | None = None
        self._turn = turn
        self._lock = Lock()
        self._is_over = False
        self._calls: list[Call] = []

    def end(self) -> None:
        with self._lock:
            self._is_over = True
        for call in self._calls:
            call.make()

    def wait(self) -> None:
        """Raises StoreUnavailable when the group could not be made durable."""
        with self._lock:
            call = None if self._is_over else Call(self._turn)
            if call is not None:
                self._calls.append(call)
        if call is not None:
            call.wait()
        if self.failure is not None:
            sentence = str(self.failure) if isinstance(self.failure, StoreUnavailable) else None
            raise StoreUnavailable(sentence) from self.failure
