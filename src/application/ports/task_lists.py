from typing import Protocol

from domain.task import TaskNumber
from domain.user import UserId


class TaskLists(Protocol):
    """What a user's tasks have in common: the last number given and how often they changed.

    All but ``revision`` hold the list against other writers until the transaction ends,
    and raise UserGone when the user is there no more.
    """

    def take_number(self, user_id: UserId) -> TaskNumber:
        """The next number, never given before; also counts as a change of the list."""
        ...

    def keep_number(self, user_id: UserId, number: TaskNumber) -> None:
        """Note that the number was given elsewhere: those taken from now on are above it."""
        ...

    def touch(self, user_id: UserId) -> None:
        """Note that the list changes."""
        ...

    def revision(self, user_id: UserId) -> int:
        """How often the list has changed: 0 for a user that never had a task."""
        ...
