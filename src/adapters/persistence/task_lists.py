from sqlalchemy import bindparam, case, literal_column, select

# SQLite has taken its ON CONFLICT from PostgreSQL, whose dialect takes time and memory to load.
from sqlalchemy.dialects.sqlite import insert

from adapters.persistence.channel import Channel
from adapters.persistence.faults import ForeignKeyViolated
from adapters.persistence.tables import task_lists
from adapters.persistence.types import BIG
from domain.task import TaskNumber
from domain.user import UserGone, UserId

_ZERO = literal_column("0", BIG)
_ONE = literal_column("1", BIG)
_USER = bindparam("user_id", type_=BIG)

# The row that is changed stays locked until the transaction ends; so does one just made.
_TAKE_NUMBER = (
    insert(task_lists)
    .values(user_id=_USER, last_number=_ONE, revision=_ONE)
    .on_conflict_do_update(
        index_elements=[task_lists.c.user_id],
        set_={
            "last_number": task_lists.c.last_number + _ONE,
            "revision": task_lists.c.revision + _ONE,
        },
    )
    .returning(task_lists.c.last_number)
)
_TOUCH = (
    insert(task_lists)
    .values(user_id=_USER, last_number=_ZERO, revision=_ONE)
    .on_conflict_do_update(
        index_elements=[task_lists.c.user_id],
        set_={"revision": task_lists.c.revision + _ONE},
    )
)
_NUMBER = bindparam("number", type_=BIG)
_KEEP_NUMBER = (
    insert(task_lists)
    .values(user_id=_USER, last_number=_NUMBER, revision=_ONE)
    .on_conflict_do_update(
        index_elements=[task_lists.c.user_id],
        set_={
            "last_number": case(
                (task_lists.c.last_number < _NUMBER, _NUMBER), else_=task_lists.c.last_number
            ),
            "revision": task_lists.c.revision + _ONE,
        },
    )
)
_REVISION = select(task_lists.c.revision).where(task_lists.c.user_id == _USER)


class SqlTaskLists:
    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def take_number(self, user_id: UserId) -> TaskNumber:
        try:
            ((number,),) = self._channel.rows(_TAKE_NUMBER, {"user_id": user_id})
        except ForeignKeyViolated as error:
            raise UserGone from error
        return TaskNumber(number)

    def keep_number(self, user_id: UserId, number: TaskNumber) -> None:
        try:
            self._channel.run(_KEEP_NUMBER, {"user_id": user_id, "number": number})
        except ForeignKeyViolated as error:
            raise UserGone from error

    def touch(self, user_id: UserId) -> None:
        try:
            self._channel.run(_TOUCH, {"user_id": user_id})
        except ForeignKeyViolated as error:
            raise UserGone from error

    def revision(self, user_id: UserId) -> int:
        row = self._channel.first(_REVISION, {"user_id": user_id})
        return row[0] if row else 0
