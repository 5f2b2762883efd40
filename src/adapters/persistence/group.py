from threading import Event

from adapters.persistence.waiting import Aside
from application.ports.store import StoreUnavailable


class Group:
    """Transactions that become durable together, or not at all."""

    def __init__(self) -> None:
        self.members = 0
        self.has_kept = False
        self.failure: BaseException | None = None
        self._is_over = Event()

    def end(self) -> None:
        self._is_over.set()

    def wait(self, aside: Aside) -> None:
        """Raises StoreUnavailable when the group could not be made durable."""
        if not self._is_over.is_set():
            with aside():
                self._is_over.wait()
        if self.failure is not None:
            sentence = str(self.failure) if isinstance(self.failure, StoreUnavailable) else None
            raise StoreUnavailable(sentence) from self.failure
