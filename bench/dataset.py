"""Many users with a few tasks each: one is made through the use cases, and copied by SQL.

The copies differ in their ids, addresses and names of tasks, so that no user's answer is
another's. All have the same password.
"""

import random
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from application.accounts.signup import SignupCommand
from application.tasks.add_task import AddTaskCommand
from bench.sessions import begin_session
from domain.session import Client, SessionPolicy
from domain.user import UserId
from entrypoints.container import Container
from entrypoints.settings import Settings

CACHE = Path(__file__).parent / ".cache"
PASSWORD = "a lighthouse over grey water"
TASKS = 20
DATABASE = "taskward.db"

# A dataset is kept for longer than a session usually lives.
_UNENDING = SessionPolicy(idle=timedelta(days=3650), maximum=timedelta(days=3650))
_ERRANDS = ("Water the plants", "Call the dentist about Tuesday", "Renew the passport", "Köfte 🍲")
_TABLES = {
    "users": {"id": "new.id", "email": "'user' || new.id || '@bench.example'"},
    "task_lists": {"user_id": "new.id"},
    "tasks": {"user_id": "new.id", "name": "old.name || ' ' || new.id"},
    "sessions": {
        "user_id": "new.id",
        "id": "randomblob(16)",
        "secret_hash": "randomblob(32)",
    },
}


@dataclass(frozen=True, slots=True)
class Dataset:
    """A database file with this version's schema, and its users' ids in no order."""

    file: Path
    users: Sequence[int]


def dataset(users: int, sessions: int = 0) -> Dataset:
    """With so many live sessions a user. Made at the first call, which takes a while, and kept."""
    ids = random.Random(users).sample(range(1, 2**53), users)  # spread as Taskward spreads them
    folder = CACHE / "making"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    container = Container(settings=Settings(data_dir=folder))
    container.store().upgrade()
    made = CACHE / f"{container.store().current()}-{users}-users-{sessions}-sessions.db"
    if not made.exists():
        print(f"Making {users:,} users with {sessions} sessions each (once) ...", flush=True)
        model = _make_model(container, sessions)
        container.store().disconnect()
        _copy(folder / DATABASE, model, ids)
        (folder / DATABASE).rename(made)
    shutil.rmtree(folder)
    return Dataset(made, ids)


def email_of(user_id: int) -> str:
    return f"user{user_id}@bench.example"


def _make_model(container: Container, sessions: int) -> UserId:
    user = container.signup()(
        SignupCommand(
            email="model@bench.example",
            password=PASSWORD,
            confirm_password=PASSWORD,
            first_name="Ada",
            last_name="Lovelace",
            client=Client(label="", user_agent="bench", ip_address="127.0.0.1"),
        )
    )
    add_task = container.add_task()
    for index in range(TASKS):
        # Tutorial clients send milliseconds; a whole second is written without a fraction.
        ts = datetime(2026, 3, 1, 7, 30, tzinfo=UTC) + timedelta(minutes=index, milliseconds=index)
        add_task(AddTaskCommand(user.id, f"{_ERRANDS[index % 4]} {index}", index % 3 == 0, ts))
    with container.uow().begin() as tx:
        for _ in range(sessions):
            begin_session(container, tx, user.id, _UNENDING)
        tx.commit()
    return user.id


def _copy(database: Path, model: int, ids: Sequence[int]) -> None:
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        # Whoever is interrupted begins anew, so nothing has to be written twice.
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("PRAGMA cache_size = -500000")
        connection.execute("BEGIN")
        connection.execute("CREATE TEMP TABLE new (id INTEGER PRIMARY KEY)")
        connection.executemany("INSERT INTO new VALUES (?)", ((one,) for one in ids))
        for table, changes in _TABLES.items():
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            values = [changes.get(column, f"old.{column}") for column in columns]
            key = "id" if table == "users" else "user_id"
            connection.execute(
                f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)} "
                f"FROM new CROSS JOIN {table} AS old WHERE old.{key} = ? ORDER BY new.id",
                (model,),
            )
        connection.execute("COMMIT")
        connection.execute("ANALYZE")
        connection.execute("PRAGMA journal_mode = WAL")
