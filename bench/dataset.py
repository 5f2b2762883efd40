"""Many users with a few tasks each: one is made through the use cases, and copied by SQL.

The copies differ in their ids, addresses and names of tasks, so that no user's answer is
another's. All have the same password.
"""

import random
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from application.accounts.signup import SignupCommand
from application.tasks.add_task import AddTaskCommand
from domain.session import Client
from domain.user import UserId
from entrypoints.container import Container
from entrypoints.settings import Settings

PASSWORD = "a lighthouse over grey water"
TASKS = 20
DATABASE = "taskward.db"

_ERRANDS = ("Water the plants", "Call the dentist about Tuesday", "Renew the passport", "Köfte 🍲")
_TABLES = {
    "users": {"id": "new.id", "email": "'user' || new.id || '@bench.example'"},
    "task_lists": {"user_id": "new.id"},
    "tasks": {"user_id": "new.id", "name": "old.name || ' ' || new.id"},
}


def user_ids(users: int) -> Sequence[int]:
    """In no order; the same ones each time. Spread as Taskward spreads them."""
    return random.Random(users).sample(range(1, 2**53), users)


def email_of(user_id: int) -> str:
    return f"user{user_id}@bench.example"


def dataset(cache: Path, users: int) -> Path:
    """A database file with this version's schema; made at the first call, which takes a while."""
    folder = cache / "making"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    container = Container(settings=Settings(data_dir=folder))
    container.store().upgrade()
    made = cache / f"{container.store().current()}-{users}-users.db"
    if not made.exists():
        print(f"Making a database of {users:,} users (once) ...", flush=True)
        model = _make_model(container)
        container.store().disconnect()
        _copy(folder / DATABASE, model, user_ids(users))
        (folder / DATABASE).rename(made)
    shutil.rmtree(folder)
    return made


def _make_model(container: Container) -> UserId:
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
    return user.id


def _copy(database: Path, model: int, ids: Sequence[int]) -> None:
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
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
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
