from sqlalchemy import bindparam, delete, insert, select, update

from adapters.persistence.channel import Channel
from adapters.persistence.faults import UniqueViolated
from adapters.persistence.statement import Parameters, Row
from adapters.persistence.tables import users
from domain.user import EmailAddress, EmailTaken, User, UserId

_BY_ID = select(users).where(users.c.id == bindparam("id"))
_BY_EMAIL = select(users).where(users.c.email == bindparam("email"))
# FOR NO KEY UPDATE: others may still add what refers to the user. SQLite needs no such words,
# since a transaction there holds off every other from its first statement.
_LOCK = _BY_ID.with_for_update(key_share=True)
_LOCK_BY_EMAIL = _BY_EMAIL.with_for_update(key_share=True)
_ADD = insert(users)
_REMOVE = delete(users).where(users.c.id == bindparam("id"))
_SAVE = (
    update(users)
    .where(users.c.id == bindparam("id"))
    .values({column.name: bindparam(column.name) for column in users.c if not column.primary_key})
)


def to_row(user: User) -> Parameters:
    return {
        "id": user.id,
        "email": user.email,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "password_hash": user.password_hash,
        "created_at": user.created_at,
        "disabled_at": user.disabled_at,
        "password_changed_at": user.password_changed_at,
    }


def to_entity(row: Row) -> User:
    return User(*row)


class SqlUsers:
    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def add(self, user: User) -> None:
        try:
            self._channel.run(_ADD, to_row(user))
        except UniqueViolated as error:
            if "email" not in error.constraint:
                raise
            raise EmailTaken from error

    def get(self, user_id: UserId) -> User | None:
        row = self._channel.first(_BY_ID, {"id": user_id})
        return to_entity(row) if row else None

    def by_email(self, email: EmailAddress) -> User | None:
        row = self._channel.first(_BY_EMAIL, {"email": email})
        return to_entity(row) if row else None

    def lock(self, user_id: UserId) -> User | None:
        row = self._channel.first(_LOCK, {"id": user_id})
        return to_entity(row) if row else None

    def lock_by_email(self, email: EmailAddress) -> User | None:
        row = self._channel.first(_LOCK_BY_EMAIL, {"email": email})
        return to_entity(row) if row else None

    def remove(self, user_id: UserId) -> None:
        self._channel.run(_REMOVE, {"id": user_id})

    def save(self, user: User) -> None:
        self._channel.run(_SAVE, to_row(user))
