"""How long PostgreSQL lets one transaction wait for another, and what is said then."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from threading import Barrier

import psycopg
import pytest

from adapters.persistence import postgresql
from adapters.persistence.engine import Database
from adapters.persistence.schema import SqlSchema
from adapters.persistence.unit_of_work import SqlUnitOfWork
from application.ports.store import StoreUnavailable
from domain.user import UserId
from tests.contracts.threads import all_at_once, elsewhere
from tests.contracts.unit_of_work import add, stored
from tests.integration.databases import execute, prefer
from tests.samples import ADA, BOB, a_session, a_user, bob

SHORT = timedelta(milliseconds=50)

WAITING = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


@pytest.fixture
def impatient(postgresql_url: str) -> Iterator[Database]:
    database = Database(postgresql_url, busy_timeout=SHORT)
    yield database
    database.dispose()


@pytest.fixture
def database(postgresql_url: str, open_database: Callable[[str], Database]) -> Database:
    return open_database(postgresql_url)


@pytest.fixture
def somebody(postgresql_url: str) -> Iterator[psycopg.Connection]:
    """Who has a transaction under way."""
    with psycopg.connect(postgresql_url) as connection:
        yield connection


def test_a_writer_that_another_blocks_is_told_and_can_go_on_afterwards(
    impatient: Database, somebody: psycopg.Connection
) -> None:
    uow = SqlUnitOfWork(impatient)
    add(uow, a_user())
    somebody.execute(f"UPDATE users SET first_name = 'Augusta' WHERE id = {ADA}")

    with uow.begin() as tx:
        with pytest.raises(StoreUnavailable, match="too busy"):
            tx.users.lock(ADA)
        with pytest.raises(RuntimeError, match="is over"):
            tx.commit()

    assert stored(uow, ADA) == a_user()
    add(uow, bob())
    somebody.rollback()
    with uow.begin() as tx:
        assert tx.users.lock(ADA) == a_user()


def test_a_reader_that_a_migration_blocks_is_told(
    impatient: Database, somebody: psycopg.Connection
) -> None:
    uow = SqlUnitOfWork(impatient)
    somebody.execute("LOCK TABLE users")

    with pytest.raises(StoreUnavailable, match="too busy"):
        stored(uow, ADA)

    somebody.rollback()
    assert stored(uow, ADA) is None


def test_of_two_that_wait_for_each_other_one_is_told_and_the_other_goes_on(
    uow: SqlUnitOfWork, postgresql_url: str
) -> None:
    prefer(postgresql_url, "deadlock_timeout = '10ms'")
    add(uow, a_user())
    add(uow, bob())
    both_hold_one = Barrier(2)

    def hold(first: UserId, second: UserId) -> str:
        try:
            with uow.begin() as tx:
                tx.users.lock(first)
                both_hold_one.wait()
                tx.users.lock(second)
                tx.commit()
        except StoreUnavailable:
            return "told"
        return "done"

    assert sorted(all_at_once([lambda: hold(ADA, BOB), lambda: hold(BOB, ADA)])) == ["done", "told"]


def test_of_those_who_change_something_by_one_session_none_waits_for_another(
    uow: SqlUnitOfWork,
) -> None:
    add(uow, a_user())
    with uow.begin() as tx:
        tx.sessions.add(a_session())
        tx.commit()
    all_hold = Barrier(2, timeout=30)

    def hold() -> None:
        with uow.begin() as tx:
            tx.sessions.hold(ADA, a_session().id)
            all_hold.wait()

    all_at_once([hold, hold])


def test_a_transaction_whose_client_hangs_is_ended(
    uow: SqlUnitOfWork, somebody: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(uow, a_user())
    monkeypatch.setattr(postgresql, "_IDLE_LIMIT", timedelta(seconds=1))

    def hang() -> None:
        with uow.begin() as tx:
            tx.users.lock(ADA)
            # Others get what it has locked.
            somebody.execute(f"UPDATE users SET first_name = 'Augusta' WHERE id = {ADA}")
            somebody.commit()
            with pytest.raises(StoreUnavailable):
                tx.users.save(a_user())

    elsewhere(hang)

    assert stored(uow, ADA) == a_user(first_name="Augusta")


def test_a_migration_waits_for_those_who_use_the_tables(
    impatient: Database, somebody: psycopg.Connection, postgresql_url: str
) -> None:
    somebody.execute("SELECT FROM users")

    with ThreadPoolExecutor(1) as threads:
        gone = threads.submit(SqlSchema(impatient).downgrade)
        while execute(postgresql_url, WAITING) == [(0,)]:
            assert not gone.done()
        # Longer than anybody else would wait.
        somebody.execute(f"SELECT pg_sleep({3 * SHORT.total_seconds()})")
        somebody.commit()
        gone.result()

    assert SqlSchema(impatient).current() is None


@pytest.mark.parametrize(
    ("setting", "limit"),
    [("lock_timeout", "5s"), ("idle_in_transaction_session_timeout", "30s")],
)
def test_a_limit_is_a_matter_of_seconds(database: Database, setting: str, limit: str) -> None:
    with closing(database.driver.connect()) as connection:
        assert connection.execute(f"SHOW {setting}").fetchone() == (limit,)
