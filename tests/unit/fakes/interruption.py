from collections.abc import Callable
from contextvars import Context


class Interruption:
    """A point at which a test can let something else happen first, such as a quicker request."""

    def __init__(self) -> None:
        self._actions: list[Callable[[], object]] = []

    def once(self, action: Callable[[], object]) -> None:
        """Let ``action`` happen the next time this point is reached, and only then."""
        self._actions.append(action)

    def happen(self) -> None:
        if self._actions:
            # In a context of its own, as another request is: outside of the open transaction.
            Context().run(self._actions.pop(0))

    @property
    def is_pending(self) -> bool:
        return bool(self._actions)
