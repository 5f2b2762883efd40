"""Databases of every shape that there has been, and how they become today's."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, bindparam, inspect, select, text
from sqlalchemy.exc import DBAPIError

from adapters.persistence import migrate, tables
from adapters.persistence.engine import Database
from adapters.persistence.password_resets import to_row as reset_row
from adapters.persistence.schema import REVISIONS, SqlSchema
from adapters.persistence.second_factors import to_row as factor_row
from adapters.persistence.security_events import to_row as event_row
from adapters.persistence.sessions import to_row as session_row
from adapters.persistence.tasks import to_row as task_row
from adapters.persistence.throttles import to_row as throttle_row
from adapters.persistence.unit_of_work import SqlUnitOfWork
from adapters.persistence.users import to_row as user_row
from domain.session import Client, SessionId
from domain.throttle import network_of
from tests.integration.databases import engine_of
from tests.samples import (
    ADA,
    a_disabled_user,
    a_password_reset,
    a_revoked_session,
    a_second_factor,
    a_security_event,
    a_session,
    a_task,
    a_throttle,
)

Row = Mapping[str, Any]

VERSIONS = Path(migrate.__file__).with_name("migrations") / "versions"

LANDED = {
    "0001_accounts_sessions_and_tasks": "7bd8d5ee07dafb41a2bb084e775904e4",
    "0002_authentication_times_and_throttles": "5b3f7f272f2dfb269279e023a79a6868",
    "0003_password_resets": "c7350e9e5c8487f0fc78a7cdc7fe41e0",
    "0004_second_factors": "e07c0ff013fa44f9c32a80b8031b96e3",
    "0005_last_codes_and_password_changes": "a2bf2c329e98cb557586fbcd84305154",
    "0006_networks_of_sessions": "affeda35da5289296038a420d8b5694a",
}
"""The first half of each file's SHA-256."""

# What was added to migration 0001 after it had landed, so that its number stands for three
# schemas. The new columns stood elsewhere in their tables, which nobody goes by.
WITH_THROTTLES = """
    ALTER TABLE sessions ADD COLUMN authenticated_at {time} NOT NULL;
    ALTER TABLE security_events ADD COLUMN client_label TEXT NOT NULL;
    ALTER TABLE security_events ADD COLUMN detail TEXT NOT NULL;
    CREATE TABLE throttles (
        key {bytes} NOT NULL, attempts {big} NOT NULL, last_at {time} NOT NULL,
        CONSTRAINT pk_throttles PRIMARY KEY (key)
    ) {sorted};
    CREATE INDEX ix_throttles_last_at ON throttles (last_at)
"""
WITH_PASSWORD_RESETS = f"""{WITH_THROTTLES};
    CREATE TABLE password_resets (
        user_id {{big}} NOT NULL, token_hash {{bytes}} NOT NULL, expires_at {{time}} NOT NULL,
        CONSTRAINT pk_password_resets PRIMARY KEY (user_id),
        CONSTRAINT uq_password_resets_token_hash UNIQUE (token_hash),
        CONSTRAINT fk_password_resets_user_id FOREIGN KEY (user_id)
            REFERENCES users (id) ON DELETE CASCADE
    ) {{sorted}}
"""
SPELLED = {
    "sqlite": {
        "time": "VARCHAR(27)",
        "bytes": "BLOB",
        "big": "INTEGER",
        "sorted": "WITHOUT ROWID",
    },
    "postgresql": {
        "time": "TIMESTAMP WITH TIME ZONE",
        "bytes": "BYTEA",
        "big": "BIGINT",
        "sorted": "",
    },
}

ROWS: Mapping[str, Row] = {
    "users": user_row(a_disabled_user()),
    "sessions": session_row(a_revoked_session()),
    "tasks": task_row(a_task()),
    "task_lists": {"user_id": ADA, "last_number": 4, "revision": 9},
    "security_events": event_row(a_security_event()),
    "throttles": throttle_row(a_throttle()),
    "password_resets": reset_row(a_password_reset()),
    "second_factors": factor_row(a_second_factor()),
}


@pytest.fixture
def old(empty_database_url: str, open_database: Callable[[str], Database]) -> Database:
    """A database of revision 0001."""
    database = open_database(empty_database_url)
    migrate.upgrade(database.driver, "0001")
    return database


@pytest.fixture
def first(old: Database) -> Engine:
    """That database as the migration made it when it landed, with a row in each table."""
    engine = engine_of(old)
    fill(engine)
    return engine


@pytest.fixture(
    params=["", WITH_THROTTLES, WITH_PASSWORD_RESETS],
    ids=["as it landed", "with throttles", "with password resets"],
)
def edition(old: Database, request: pytest.FixtureRequest) -> Engine:
    """That database as one of the migration's editions made it, with a row in each table."""
    engine = engine_of(old)
    with engine.begin() as connection:
        for statement in filter(None, request.param.split(";")):
            connection.execute(text(statement.format(**SPELLED[engine.dialect.name])))
    fill(engine)
    return engine


def fill(engine: Engine) -> None:
    with engine.begin() as connection:
        for name, table in described(engine).items():
            row = {column: ROWS[name][column] for column in table["columns"]}
            connection.execute(tables.metadata.tables[name].insert().values(row))


def contents(engine: Engine) -> Mapping[str, Row]:
    """The row of each table that has one, as it is kept."""
    with engine.connect() as connection:
        rows = {
            name: connection.execute(text(f"SELECT * FROM {name}")).mappings().one_or_none()
            for name in described(engine)
        }
    return {name: dict(row) for name, row in rows.items() if row}


def described(engine: Engine) -> Mapping[str, Mapping[str, Any]]:
    """All that SQLAlchemy sees of each table, but for the places of its columns."""
    inspector = inspect(engine)
    return {
        name: {
            "columns": {
                column["name"]: (str(column["type"]), column["nullable"], column["default"])
                for column in inspector.get_columns(name)
            },
            "primary key": inspector.get_pk_constraint(name),
            "foreign keys": inspector.get_foreign_keys(name),
            "unique": inspector.get_unique_constraints(name),
            "indexes": inspector.get_indexes(name),
            "options": inspector.get_table_options(name),
        }
        for name in tables.metadata.tables
        if inspector.has_table(name)
    }


@pytest.mark.parametrize(
    "added",
    [
        "ALTER TABLE users ADD COLUMN password_changed_at {time}",
        "ALTER TABLE second_factors ADD COLUMN last_code_hash {bytes} NOT NULL DEFAULT {none}",
    ],
)
def test_what_was_once_added_to_the_fourth_migration_becomes_what_is_made_today(
    old: Database, database: Database, added: str
) -> None:
    migrate.upgrade(old.driver, "0004")
    engine = engine_of(old)
    none = {"sqlite": "x''", "postgresql": "'\\x'"}[engine.dialect.name]
    with engine.begin() as connection:
        connection.execute(text(added.format(none=none, **SPELLED[engine.dialect.name])))
    fill(engine)

    SqlSchema(old).upgrade()

    SqlSchema(old).check()
    assert described(engine) == described(engine_of(database))
    assert contents(engine)["second_factors"]["user_id"] == ADA


def test_a_password_that_was_changed_before_is_the_users_since_then(old: Database) -> None:
    migrate.upgrade(old.driver, "0004")
    engine = engine_of(old)
    fill(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE security_events SET kind = 'password_changed'"))

    SqlSchema(old).upgrade()

    kept = contents(engine)
    assert kept["users"]["password_changed_at"] == kept["security_events"]["at"]


def test_the_network_of_a_session_that_began_before_is_told_from_its_address(
    old: Database,
) -> None:
    migrate.upgrade(old.driver, "0005")
    odd = ["192.0.2.1", "2001:DB8:0:1:ffff::", "::ffff:192.0.2.1", "fe80::1%eth0", "", "a:socket"]
    # More than are looked at together.
    many = [f"2001:db8:{number:x}::1" for number in range(10_100)]
    rows = [
        dict(session_row(a_session(id=SessionId(number.to_bytes(16)), client=client)))
        for number, client in enumerate(Client("", "", address) for address in (*odd, *many))
    ]
    for row in rows:
        del row["network"]
    engine = engine_of(old)
    with engine.begin() as connection:
        connection.execute(tables.users.insert().values(ROWS["users"]))
        insert = tables.sessions.insert().values({name: bindparam(name) for name in rows[0]})
        connection.execute(insert, rows)

    SqlSchema(old).upgrade()

    with engine.connect() as connection:
        query = select(tables.sessions.c.network).order_by(tables.sessions.c.id)
        networks = connection.execute(query).scalars().all()
    assert networks == [network_of(address) for address in (*odd, *many)]


def test_each_edition_of_the_first_migration_becomes_what_is_made_today(
    old: Database, edition: Engine, database: Database
) -> None:
    SqlSchema(old).upgrade()

    SqlSchema(old).check()
    assert described(edition) == described(engine_of(database))


def test_each_edition_keeps_its_rows(old: Database, edition: Engine) -> None:
    before = contents(edition)

    SqlSchema(old).upgrade()

    after = contents(edition)
    assert {name: row.items() & after[name].items() for name, row in before.items()} == {
        name: row.items() for name, row in before.items()
    }


def test_each_edition_goes_down_and_up_again(old: Database, edition: Engine) -> None:
    schema = SqlSchema(old)
    schema.upgrade()
    upgraded = described(edition)

    for revision in (*reversed(REVISIONS[:-1]), "base"):
        schema.downgrade(revision)
    emptied = described(edition)
    schema.upgrade()

    assert emptied == {}
    assert described(edition) == upgraded


@pytest.mark.usefixtures("first")
def test_what_the_first_edition_did_not_know_is_told_from_what_it_knew(old: Database) -> None:
    SqlSchema(old).upgrade()

    with SqlUnitOfWork(old).read() as tx:
        (session,) = tx.sessions.of_user(ADA)
        (event,) = tx.security_events.of_user(ADA, None, 2)
    assert session == a_revoked_session(authenticated_at=a_revoked_session().created_at)
    client = replace(a_security_event().client, label=a_revoked_session().client.label)
    assert event == a_security_event(client=client, detail="")


def test_an_upgrade_that_fails_half_way_leaves_all_as_it_was(old: Database, first: Engine) -> None:
    with first.begin() as connection:
        connection.execute(text("CREATE INDEX ix_throttles_last_at ON tasks (ts)"))
    before = described(first)

    with pytest.raises(DBAPIError, match="already exists"):
        SqlSchema(old).upgrade()

    assert described(first) == before
    assert SqlSchema(old).current() == "0001"


def test_a_migration_that_has_landed_is_not_edited() -> None:
    digests = {
        path.stem: sha256(path.read_bytes()).hexdigest()[:32] for path in VERSIONS.glob("*.py")
    }

    assert digests == LANDED, (
        "A database that has run a migration never runs it again. Leave those that have landed as "
        "they are, write a new one, and add it to LANDED when it lands."
    )
