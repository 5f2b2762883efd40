from typing import Protocol

from domain.user import EmailAddress, User, UserId


class Users(Protocol):
    def add(self, user: User) -> None:
        """Raises EmailTaken when another user has the address."""
        ...

    def get(self, user_id: UserId) -> User | None: ...

    def by_email(self, email: EmailAddress) -> User | None: ...

    def lock(self, user_id: UserId) -> User | None:
        """The user, held against other ``lock`` calls until the transaction ends.

        Whoever signs a user in and whoever changes who may sign in take turns by it.
        """
        ...

    def lock_by_email(self, email: EmailAddress) -> User | None:
        """The same, for whoever knows only the address."""
        ...

    def remove(self, user_id: UserId) -> None:
        """Remove the user with their sessions and tasks. Security events stay.

        Only for a user whom, and whose list of tasks, this transaction has locked.
        """
        ...

    def save(self, user: User) -> None:
        """Replace what is stored. Only for a user that this transaction has locked."""
        ...
