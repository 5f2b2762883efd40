"""Migrations, and what is said of a schema that is not today's."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from adapters.persistence.engine import Database
from adapters.persistence.schema import HEAD, REVISIONS, SqlSchema
from adapters.persistence.tables import metadata
from adapters.persistence.unit_of_work import SqlUnitOfWork
from application.ports.store import SchemaOutdated
from tests.contracts.unit_of_work import stored
from tests.integration.databases import engine_of
from tests.samples import ADA, a_user

Open = Callable[[str], Database]

UPGRADE = """
import sys
from adapters.persistence import migrate
from adapters.persistence.engine import Database
from adapters.persistence.schema import SqlSchema
print("ready", flush=True)
sys.stdin.read(1)
SqlSchema(Database(sys.argv[1])).upgrade()
"""

UPGRADE_AND_TELL_OF_ALEMBIC = """
import sys
from adapters.persistence.engine import Database
from adapters.persistence.schema import SqlSchema
SqlSchema(Database(sys.argv[1])).upgrade()
print("alembic" in sys.modules)
"""


@pytest.fixture
def empty(empty_database_url: str, open_database: Open) -> Database:
    return open_database(empty_database_url)


def run_python(code: str, *arguments: str) -> subprocess.Popen[bytes]:
    source = Path(__file__).parents[2] / "src"
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(source)},
    )


@pytest.fixture
def inspected(database: Database) -> Iterator[Connection]:
    """The migrated database as SQLAlchemy sees it."""
    with engine_of(database).connect() as connection:
        yield connection


def test_a_schema_that_is_todays_costs_no_alembic(database_url: str) -> None:
    told, _ = run_python(UPGRADE_AND_TELL_OF_ALEMBIC, database_url).communicate()

    assert told == b"False\n"


def test_migrations_and_tables_agree(inspected: Connection) -> None:
    context = MigrationContext.configure(inspected, opts={"compare_server_default": True})

    assert compare_metadata(context, metadata) == []


def test_a_table_that_the_migrations_forget_would_be_noticed(inspected: Connection) -> None:
    inspected.execute(text("DROP INDEX ix_sessions_id"))
    inspected.execute(text("ALTER TABLE tasks DROP COLUMN version"))
    context = MigrationContext.configure(inspected)

    differences = [difference[0] for difference in compare_metadata(context, metadata)]

    assert sorted(differences) == ["add_column", "add_index"]


def test_what_belongs_to_a_user_goes_with_it(inspected: Connection) -> None:
    for table in ("sessions", "tasks", "task_lists", "password_resets", "second_factors"):
        (key,) = inspect(inspected).get_foreign_keys(table)
        assert (key["referred_table"], key["constrained_columns"]) == ("users", ["user_id"])
        assert key["options"] == {"ondelete": "CASCADE"}
        assert inspect(inspected).get_pk_constraint(table)["constrained_columns"][0] == "user_id"


def test_the_revisions_are_those_of_the_migrations() -> None:
    config = Config()
    config.set_main_option("script_location", "adapters.persistence:migrations")
    scripts = list(ScriptDirectory.from_config(config).walk_revisions())

    assert tuple(script.revision for script in reversed(scripts)) == REVISIONS


def test_a_schema_goes_up_and_down_and_up_again(empty: Database) -> None:
    schema = SqlSchema(empty)
    revisions = [schema.current()]

    for move in (schema.upgrade, schema.downgrade, schema.upgrade):
        move()
        revisions.append(schema.current())

    assert revisions == [None, HEAD, None, HEAD]
    schema.check()


def test_going_down_leaves_nothing(database: Database, inspected: Connection) -> None:
    SqlSchema(database).downgrade()

    assert inspect(inspected).get_table_names() == ["alembic_version"]


def test_an_upgrade_keeps_what_is_there(database: Database, uow: SqlUnitOfWork) -> None:
    with uow.begin() as tx:
        tx.users.add(a_user())
        tx.commit()

    SqlSchema(database).upgrade()

    assert stored(uow, ADA) == a_user()


def test_an_empty_database_is_told_how_to_be_upgraded(empty: Database) -> None:
    with pytest.raises(SchemaOutdated, match="Run: taskward db upgrade"):
        SqlSchema(empty).check()


def test_a_request_to_an_empty_database_is_told_the_same(empty: Database) -> None:
    with pytest.raises(SchemaOutdated), SqlUnitOfWork(empty).read() as tx:
        tx.users.get(ADA)


def test_a_schema_of_a_newer_version_is_refused(database: Database, inspected: Connection) -> None:
    inspected.execute(text("UPDATE alembic_version SET version_num = 'from the future'"))
    inspected.commit()
    schema = SqlSchema(database)

    with pytest.raises(SchemaOutdated, match="newer version of Taskward"):
        schema.check()
    with pytest.raises(SchemaOutdated, match="newer version of Taskward"):
        schema.upgrade()


def test_processes_that_upgrade_at_once_do_not_collide(
    empty: Database, empty_database_url: str
) -> None:
    with ExitStack() as running:
        processes = [
            running.enter_context(run_python(UPGRADE, empty_database_url)) for _ in range(4)
        ]
        for process in processes:
            assert process.stdout
            process.stdout.readline()
        for process in processes:
            assert process.stdin
            process.stdin.close()

    assert [process.returncode for process in processes] == [0] * 4
    SqlSchema(empty).check()


def test_serving_needs_no_alembic() -> None:
    code = (
        "import sys, adapters.persistence.schema, adapters.persistence.unit_of_work\n"
        "sys.exit('alembic' in sys.modules)"
    )
    with run_python(code) as process:
        pass

    assert process.returncode == 0
