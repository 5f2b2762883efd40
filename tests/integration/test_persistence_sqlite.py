"""What is promised of SQLite alone."""

import os
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, nullcontext
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from adapters.persistence import sqlite
from adapters.persistence.channel import QueryChannel
from adapters.persistence.engine import Database
from adapters.persistence.schema import SqlSchema
from adapters.persistence.tables import users
from adapters.persistence.unit_of_work import SqlUnitOfWork
from application.ports.store import SchemaOutdated, StoreUnavailable
from domain.session import Session, SessionId, SessionPolicy
from domain.user import UserId
from tests.contracts.threads import elsewhere
from tests.contracts.unit_of_work import add, stored
from tests.integration.faulty_sqlite import sqlite_error
from tests.samples import ADA, NOW, a_session, a_task, a_user, bob


@pytest.fixture
def database(sqlite_url: str, open_database: Callable[[str], Database]) -> Database:
    return open_database(sqlite_url)


@pytest.fixture
def raw(database: Database) -> Iterator[sqlite3.Connection]:
    """A connection as the adapter opens it."""
    with closing(database.driver.connect()) as connection:
        yield connection


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),
        ("foreign_keys", 1),
        ("busy_timeout", 5000),
    ],
)
def test_a_connection_is_set_up_to_be_safe(
    raw: sqlite3.Connection, pragma: str, value: object
) -> None:
    assert raw.execute(f"PRAGMA {pragma}").fetchone() == (value,)


def test_a_transaction_has_the_right_to_write_before_it_reads(
    database: Database, raw: sqlite3.Connection
) -> None:
    raw.execute("PRAGMA busy_timeout = 0")

    with (
        SqlUnitOfWork(database).begin(),
        pytest.raises(sqlite3.OperationalError, match="locked"),
    ):
        raw.execute("BEGIN IMMEDIATE")

    raw.execute("BEGIN IMMEDIATE")


def test_a_database_that_came_without_a_journal_gets_one(sqlite_url: str, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "taskward.db")) as restored:
        assert restored.execute("PRAGMA journal_mode = DELETE").fetchone() == ("delete",)

    with closing(Database(sqlite_url).driver.connect()) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_the_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/mine.db")

    SqlSchema(database).upgrade()
    SqlSchema(database).check()

    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert modes == dict.fromkeys(["mine.db", "mine.db-shm", "mine.db-wal"], 0o600)
    database.dispose()


def test_a_database_is_made_where_files_cannot_be_linked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, open_database: Callable[[str], Database]
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "link", refuse)
    schema = SqlSchema(open_database(f"sqlite:///{tmp_path}/mine.db"))

    schema.upgrade()

    schema.check()
    assert (tmp_path / "mine.db").stat().st_mode & 0o777 == 0o600


def test_looking_at_a_database_that_is_not_there_does_not_make_it(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/missing.db")

    with pytest.raises(SchemaOutdated):
        SqlSchema(database).check()

    assert list(tmp_path.iterdir()) == []


def test_a_database_is_not_made_where_there_is_no_folder(tmp_path: Path) -> None:
    schema = SqlSchema(Database(f"sqlite:///{tmp_path}/missing/taskward.db"))

    with pytest.raises(StoreUnavailable, match=r"made in .*/missing: No such file or directory"):
        schema.upgrade()


def test_a_path_may_have_any_characters(
    tmp_path: Path, open_database: Callable[[str], Database]
) -> None:
    database = open_database(f"sqlite:///{tmp_path}/a %41#ü.db")

    SqlSchema(database).upgrade()

    database.dispose()
    assert [path.name for path in tmp_path.iterdir()] == ["a %41#ü.db"]


@pytest.mark.parametrize(
    "table", ["sessions", "tasks", "task_lists", "security_events", "throttles"]
)
def test_a_table_lies_sorted_by_its_key_so_that_what_a_user_owns_lies_side_by_side(
    raw: sqlite3.Connection, table: str
) -> None:
    (sql,) = raw.execute("SELECT sql FROM sqlite_schema WHERE name = ?", (table,)).fetchone()

    assert sql.rstrip().endswith("WITHOUT ROWID")


@pytest.mark.parametrize("has_turn", [True, False])
def test_a_query_leaves_nothing_open_for_the_next(
    database: Database, raw: sqlite3.Connection, has_turn: bool
) -> None:
    uow = SqlUnitOfWork(database)
    add(uow, a_user())
    add(uow, bob())
    with database.turn if has_turn else nullcontext():
        found = QueryChannel(database).first(select(users.c.id), {})
    add(uow, a_user(id=UserId(3), email="third@example.org"))

    busy, *_ = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    assert found is not None
    assert not busy


def test_a_user_is_found_without_an_index(raw: sqlite3.Connection) -> None:
    plan = raw.execute("EXPLAIN QUERY PLAN SELECT email FROM users WHERE id = 1").fetchall()

    assert [step[3] for step in plan] == ["SEARCH users USING INTEGER PRIMARY KEY (rowid=?)"]


def test_whether_a_session_lives_is_found_by_one_search(
    database: Database, uow: SqlUnitOfWork, raw: sqlite3.Connection
) -> None:
    with uow.read() as tx:
        tx.sessions.lifetime_of(ADA, SessionId(b""))
    (prepared,) = database.queries.values()

    plan = raw.execute(f"EXPLAIN QUERY PLAN {prepared.sql}", {"user_id": 1, "id": b""}).fetchall()

    assert [step[3] for step in plan] == [
        "SEARCH sessions USING PRIMARY KEY (user_id=? AND id>? AND id<?)"
    ]


def test_sessions_that_live_are_found_past_those_that_have_ended(
    database: Database, uow: SqlUnitOfWork, raw: sqlite3.Connection
) -> None:
    with uow.read() as tx:
        tx.sessions.live_of_user(ADA, NOW)
    (prepared,) = database.queries.values()

    plan = raw.execute(f"EXPLAIN QUERY PLAN {prepared.sql}", {"user_id": 1, "now": ""}).fetchall()

    assert plan[0][3] == (
        "SEARCH sessions USING INDEX ix_sessions_end (revoked_at=? AND user_id=? AND expires_at>?)"
    )


def test_whether_a_network_is_known_is_found_past_those_that_have_ended(
    database: Database, uow: SqlUnitOfWork, raw: sqlite3.Connection
) -> None:
    with uow.read() as tx:
        tx.sessions.began_near(ADA, "192.0.2.1", NOW)
    (prepared,) = database.queries.values()
    wanted = {"user_id": 1, "network": "", "since": ""}

    plan = raw.execute(f"EXPLAIN QUERY PLAN {prepared.sql}", wanted).fetchall()

    searches = [step[3].partition(" INDEX ")[2] for step in plan if " sessions" in step[3]]
    assert searches == [
        "ix_sessions_network (network=? AND user_id=? AND revoked_at=? AND expires_at>?)",
        "ix_sessions_network (network=? AND user_id=? AND revoked_at>?)",
    ]


@pytest.mark.parametrize("generation", [3, 2])
def test_a_refresh_writes_no_index(
    database: Database, uow: SqlUnitOfWork, raw: sqlite3.Connection, generation: int
) -> None:
    session, first = Session.start(
        a_session().id, ADA, bytes(32), a_session().client, NOW, SessionPolicy()
    )
    standing = replace(session, generation=3)
    refreshed = standing.present(replace(first, generation=generation), NOW, SessionPolicy())
    with uow.begin() as tx:
        tx.sessions.replace(standing, refreshed.session)
    (prepared,) = database.statements.values()
    parameters = re.findall(r":(\w+)", prepared.sql)

    program = raw.execute(f"EXPLAIN {prepared.sql}", dict.fromkeys(parameters)).fetchall()

    assert [step[1] for step in program if step[1] in {"Insert", "IdxInsert"}] == ["IdxInsert"]


def test_times_are_kept_as_text_that_sorts(uow: SqlUnitOfWork, raw: sqlite3.Connection) -> None:
    add(uow, a_user())
    with uow.begin() as tx:
        tx.tasks.add(a_task(ts=NOW.replace(year=12, microsecond=0)))
        tx.commit()

    assert raw.execute("SELECT ts FROM tasks").fetchall() == [("0012-02-03T04:05:06.000000Z",)]


def test_a_writer_that_waits_too_long_is_sent_away(uow: SqlUnitOfWork, sqlite_url: str) -> None:
    impatient = Database(sqlite_url, busy_timeout=timedelta(0))

    def write() -> None:
        with pytest.raises(StoreUnavailable, match="too busy"):
            add(SqlUnitOfWork(impatient), bob())

    with uow.begin() as tx:
        tx.users.add(a_user())
        elsewhere(write)
        tx.commit()
    assert elsewhere(lambda: stored(uow, ADA)) == a_user()


@pytest.mark.parametrize(
    ("pragma", "sentence"),
    [("query_only = ON", "cannot be written to"), ("max_page_count = 1", "no space left")],
)
def test_a_database_that_takes_nothing_more_says_so_and_can_be_read(
    uow: SqlUnitOfWork, monkeypatch: pytest.MonkeyPatch, pragma: str, sentence: str
) -> None:
    monkeypatch.setattr(sqlite, "PRAGMAS", (*sqlite.PRAGMAS, f"PRAGMA {pragma}"))

    with pytest.raises(StoreUnavailable, match=sentence):
        add(uow, a_user(last_name="L" * 100_000))

    assert stored(uow, ADA) is None


@pytest.mark.parametrize("code", [sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR_SHMSIZE])
@pytest.mark.parametrize(
    ("free", "is_writable", "sentence"),
    [
        (0, True, "no space left"),
        (32 * 1024 - 1, True, "no space left"),
        (0, False, "cannot be written to"),
        (32 * 1024, True, "too busy"),
    ],
)
def test_what_sqlite_says_little_of_is_told_by_what_the_directory_tells(
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    code: int,
    free: int,
    is_writable: bool,
    sentence: str,
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    monkeypatch.setattr(os, "access", lambda *_: is_writable)

    fault = database.driver.fault(sqlite_error(code))

    assert isinstance(fault, StoreUnavailable)
    assert sentence in str(fault)


def test_a_file_that_is_no_database_is_not_used(
    tmp_path: Path, open_database: Callable[[str], Database]
) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("Buy milk. " * 1000)

    with pytest.raises(StoreUnavailable, match="cannot be read"):
        SqlSchema(open_database(f"sqlite:///{path}")).check()

    assert path.read_text() == "Buy milk. " * 1000
