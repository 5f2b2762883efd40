from dataclasses import dataclass

from application.ports.unit_of_work import UnitOfWork
from application.sessions.authenticate import Authenticate
from application.tasks.limit_changes import LimitChanges
from domain.session import AccessToken
from domain.task import TaskNotFound, TaskNumber
from domain.user import UserId


@dataclass(frozen=True, slots=True)
class DeleteTask:
    """Raises TaskNotFound, TooManyTaskChanges, InvalidAccessToken or UserGone."""

    uow: UnitOfWork
    authenticate: Authenticate
    limit_changes: LimitChanges

    def __call__(
        self, user_id: UserId, number: TaskNumber, caller: AccessToken | None = None
    ) -> None:
        self.limit_changes(user_id)
        with self.uow.begin() as tx:
            tx.task_lists.touch(user_id)
            self.authenticate.until_commit(tx, caller)
            if not tx.tasks.remove(user_id, number):
                raise TaskNotFound
            tx.commit()
