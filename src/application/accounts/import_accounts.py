from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from application.ports.clock import Clock
from application.ports.ids import Ids
from application.ports.imported_hash import ImportedHash
from application.ports.unit_of_work import Transaction, UnitOfWork
from domain.errors import DomainError, Rejected
from domain.task import Task, TaskNumber
from domain.user import EmailTaken, User, UserId, parse_email, parse_name

MAX_ID = 2**31 - 1
"""The tutorial's columns are of SQL's type ``int``."""


class ImportRefused(Rejected):
    """Nothing was imported. ``problems`` says why, a line each."""

    code = "I01"
    sentence = "Nothing was imported."

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__()
        self.problems = problems


@dataclass(frozen=True, slots=True)
class ImportedUser:
    """``place`` tells people where it was read, as in ImportedTask."""

    place: str
    id: int
    email: str
    password_hash: str
    password_salt: str
    first_name: str
    last_name: str
    created_at: datetime
    is_active: bool


@dataclass(frozen=True, slots=True)
class ImportedTask:
    place: str
    id: int
    user_id: int
    name: str
    is_completed: bool
    ts: datetime


@dataclass(frozen=True, slots=True)
class ImportReport:
    """``renumbered`` has the users whose id was taken: the id before, and the user now."""

    users: int
    tasks: int
    renumbered: Sequence[tuple[int, User]]


@dataclass(frozen=True, slots=True)
class ImportAccounts:
    """Take over users, their password hashes and their tasks: all or, if one is bad, none.

    Users keep their ids where these are free, and tasks their numbers; ``max_tasks`` is how many a
    user keeps at most. Raises ImportRefused.
    """

    uow: UnitOfWork
    imported_hash: ImportedHash
    clock: Clock
    ids: Ids
    max_tasks: int

    def __call__(
        self,
        users: Sequence[ImportedUser],
        tasks: Sequence[ImportedTask],
        progress: Callable[[int, int], None],
    ) -> ImportReport:
        batch = _Batch(self.imported_hash, self.clock.now())
        for user in users:
            batch.check_user(user)
        for task in tasks:
            batch.check_task(task)
        batch.check_room(self.max_tasks)
        if batch.problems:
            raise ImportRefused(batch.problems)
        with self.uow.begin() as tx:
            _refuse_taken_addresses(tx, batch)
            renumbered = self._add_all(tx, batch, progress)
            tx.commit()
        return ImportReport(len(users), len(tasks), renumbered)

    def _add_all(
        self, tx: Transaction, batch: "_Batch", progress: Callable[[int, int], None]
    ) -> Sequence[tuple[int, User]]:
        renumbered = []
        for done, (place, user) in enumerate(batch.users.values(), 1):
            added = user
            if tx.users.get(user.id) is not None:
                added = user.with_id(self.ids.user_id())
                renumbered.append((user.id, added))
            try:
                tx.users.add(added)
            except EmailTaken as error:
                raise ImportRefused([f"{place}: {error}"]) from error
            _add_tasks(tx, added.id, batch.tasks[user.id])
            progress(done, len(batch.users))
        return renumbered


@dataclass(slots=True)
class _Batch:
    """What is good so far, and what is wrong with the rest."""

    imported_hash: ImportedHash
    now: datetime
    users: dict[int, tuple[str, User]] = field(default_factory=dict)
    tasks: defaultdict[int, dict[int, Task]] = field(default_factory=lambda: defaultdict(dict))
    problems: list[str] = field(default_factory=list)
    _user_ids: set[int] = field(default_factory=set)
    _addresses: set[str] = field(default_factory=set)

    def check_user(self, row: ImportedUser) -> None:
        """Keep a user, or say what is wrong with it."""
        if not self._is_good_id(row.place, row.id):
            return
        if row.id in self._user_ids:
            self._refuse(row.place, f"the id {row.id} is used twice")
        # Also of a bad user, lest all of the tasks be complained of as well.
        self._user_ids.add(row.id)
        try:
            user = self._user(row)
        except (DomainError, ValueError) as error:
            self._refuse(row.place, str(error))
            return
        if user.email in self._addresses:
            self._refuse(row.place, f"the email address {user.email} is used twice")
        self._addresses.add(user.email)
        self.users[row.id] = (row.place, user)

    def check_task(self, row: ImportedTask) -> None:
        """Keep a task, or say what is wrong with it."""
        if not self._is_good_id(row.place, row.id):
            return
        if row.user_id not in self._user_ids:
            self._refuse(row.place, f"there is no user {row.user_id}")
            return
        number = TaskNumber(row.id)
        if number in self.tasks[row.user_id]:
            self._refuse(row.place, f"the task {row.id} of user {row.user_id} is there twice")
        try:
            task = Task.new(UserId(row.user_id), number, row.name, row.is_completed, row.ts)
        except DomainError as error:
            self._refuse(row.place, str(error))
            return
        self.tasks[row.user_id][number] = task

    def check_room(self, limit: int) -> None:
        """Say whose tasks are too many, once all have been checked."""
        for place, user in self.users.values():
            count = len(self.tasks[user.id])
            if count > limit:
                self._refuse(place, f"there are {count} tasks, and an account keeps up to {limit}")

    def _user(self, row: ImportedUser) -> User:
        return User(
            id=UserId(row.id),
            email=parse_email(row.email),
            first_name=parse_name(row.first_name, "first name"),
            last_name=parse_name(row.last_name, "last name"),
            password_hash=self.imported_hash(row.password_hash, row.password_salt),
            # It may be local time ahead of UTC. Until that had come, the password would seem to
            # be newer than whatever is done with it.
            created_at=min(row.created_at, self.now),
            disabled_at=None if row.is_active else self.now,
        )

    def _is_good_id(self, place: str, number: int) -> bool:
        is_good = 1 <= number <= MAX_ID
        if not is_good:
            self._refuse(place, f"{number} is no id: it must be from 1 to {MAX_ID}")
        return is_good

    def _refuse(self, place: str, why: str) -> None:
        self.problems.append(f"{place}: {why.rstrip('.')}.")


def _refuse_taken_addresses(tx: Transaction, batch: _Batch) -> None:
    problems = [
        f"{place}: {user.email} has an account already."
        for place, user in batch.users.values()
        if tx.users.by_email(user.email)
    ]
    if problems:
        raise ImportRefused(problems)


def _add_tasks(tx: Transaction, user_id: UserId, tasks: dict[int, Task]) -> None:
    if not tasks:
        return
    tx.task_lists.keep_number(user_id, TaskNumber(max(tasks)))
    for task in tasks.values():
        tx.tasks.add(task._replace(user_id=user_id))
