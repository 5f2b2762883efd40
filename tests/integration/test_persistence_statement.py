"""Core statements become SQL once."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import bindparam, insert, select
from sqlalchemy.dialects import sqlite

from adapters.persistence.engine import Database
from adapters.persistence.statement import PreparedStatement
from adapters.persistence.tables import sessions, tasks, users
from adapters.persistence.unit_of_work import SqlUnitOfWork
from tests.contracts.threads import elsewhere
from tests.contracts.unit_of_work import stored
from tests.samples import ADA

BY_ID = select(users).where(users.c.id == bindparam("id"))


def test_a_statement_is_prepared_once_for_all_threads(database: Database) -> None:
    prepared = database.queries[BY_ID]

    assert elsewhere(lambda: database.queries[BY_ID]) is prepared


def test_a_request_prepares_nothing_that_was_prepared_before(
    database: Database, uow: SqlUnitOfWork
) -> None:
    stored(uow, ADA)
    prepared = len(database.queries)

    elsewhere(lambda: stored(uow, ADA))

    assert len(database.queries) == prepared == 1


def test_a_constant_among_the_parameters_is_refused(database: Database) -> None:
    with pytest.raises(ValueError, match="literal_column"):
        PreparedStatement(select(users).where(users.c.id == 1), database.driver.dialect)


def test_a_parameter_that_is_missing_is_told(database: Database) -> None:
    statement = PreparedStatement(insert(tasks), database.driver.dialect)

    with pytest.raises(KeyError):
        statement.encode({"user_id": ADA})


def test_no_rows_become_no_rows(database: Database) -> None:
    assert list(database.queries[BY_ID].decode([])) == []


def test_a_row_alone_is_read_as_it_is_among_others() -> None:
    lifetime = select(sessions.c.expires_at, sessions.c.revoked_at)
    prepared = PreparedStatement(lifetime, sqlite.dialect())
    row = ("2026-11-27T08:00:00.000000Z", None)

    alone, among_others = prepared.decode([row]), prepared.decode([row, row])

    assert list(alone) == list(among_others)[:1] == [(datetime(2026, 11, 27, 8, tzinfo=UTC), None)]
