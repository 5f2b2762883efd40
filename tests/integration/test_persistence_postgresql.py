"""What is promised of PostgreSQL alone."""

import re
from collections.abc import Callable

import pytest
from sqlalchemy import Select, literal_column, select

from adapters.persistence.channel import QueryChannel
from adapters.persistence.engine import Database
from adapters.persistence.unit_of_work import SqlUnitOfWork
from application.ports.sessions import Sessions
from application.ports.store import StoreUnavailable
from tests.contracts.unit_of_work import add, stored
from tests.integration.databases import execute, prefer
from tests.samples import ADA, BOB, NOW, a_session, a_user, bob

NAMES = re.compile(r"%\((\w+)\)s")
OTHER_BACKENDS = "pid <> pg_backend_pid() AND datname = current_database()"


@pytest.fixture
def database(postgresql_url: str, open_database: Callable[[str], Database]) -> Database:
    return open_database(postgresql_url)


@pytest.fixture
def kill(postgresql_url: str) -> Callable[[], None]:
    """A function that ends all connections to the database, as its restart would."""

    def kill_() -> None:
        # Waits until they are gone.
        sql = f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {OTHER_BACKENDS}"
        assert execute(postgresql_url, sql) == [(True,)]

    return kill_


def test_a_reader_does_not_notice_a_restart(uow: SqlUnitOfWork, kill: Callable[[], None]) -> None:
    add(uow, a_user())
    kill()

    assert stored(uow, ADA) == a_user()


def test_a_transaction_that_begins_does_not_notice_a_restart(
    uow: SqlUnitOfWork, kill: Callable[[], None]
) -> None:
    add(uow, a_user())
    kill()

    add(uow, bob())

    assert stored(uow, BOB) == bob()


def test_a_restart_takes_what_was_under_way_and_nothing_more(
    uow: SqlUnitOfWork, kill: Callable[[], None]
) -> None:
    with uow.begin() as tx:
        tx.users.add(a_user())
        kill()
        with pytest.raises(StoreUnavailable):
            tx.users.add(bob())
        with pytest.raises(RuntimeError):
            tx.commit()

    assert (stored(uow, ADA), stored(uow, BOB)) == (None, None)
    add(uow, a_user())


def test_a_commit_that_a_restart_prevents_is_not_tried_again(
    uow: SqlUnitOfWork, kill: Callable[[], None]
) -> None:
    with uow.begin() as tx:
        tx.users.add(a_user())
        kill()
        with pytest.raises(StoreUnavailable):
            tx.commit()

    assert stored(uow, ADA) is None


def test_a_transaction_that_ends_after_a_restart_ends_in_peace(
    uow: SqlUnitOfWork, kill: Callable[[], None]
) -> None:
    with uow.begin() as tx:
        tx.users.add(a_user())
        kill()

    assert stored(uow, ADA) is None


def test_an_idle_connection_holds_no_transaction(uow: SqlUnitOfWork, postgresql_url: str) -> None:
    add(uow, a_user())
    with uow.begin() as tx:
        tx.users.lock(ADA)
    stored(uow, ADA)

    states = f"SELECT state FROM pg_stat_activity WHERE {OTHER_BACKENDS}"
    assert execute(postgresql_url, states) == [("idle",)]


def test_times_are_utc_wherever_the_server_stands(
    uow: SqlUnitOfWork, database: Database, postgresql_url: str
) -> None:
    prefer(postgresql_url, "timezone = 'Pacific/Chatham'")
    add(uow, a_user())

    zone: Select[tuple[str]] = select(literal_column("current_setting('TimeZone')"))

    assert QueryChannel(database).first(zone, {}) == ("UTC",)
    assert stored(uow, ADA) == a_user()


def test_every_character_is_kept_whatever_encoding_clients_prefer(
    uow: SqlUnitOfWork, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    prefer(postgresql_url, "client_encoding = 'LATIN1'")
    ada = a_user(first_name="Zoë ✓ 日本 😀")

    add(uow, ada)

    assert stored(uow, ADA) == ada
    named = "SELECT convert_to(first_name, 'UTF8') FROM users"
    assert execute(postgresql_url, named) == [(ada.first_name.encode(),)]


def test_transactions_read_what_is_committed_whatever_the_server_prefers(
    uow: SqlUnitOfWork, postgresql_url: str
) -> None:
    prefer(postgresql_url, "default_transaction_isolation = serializable")
    add(uow, a_user())

    with uow.begin() as tx:
        before = tx.users.get(ADA)
        execute(postgresql_url, f"UPDATE users SET first_name = 'Augusta' WHERE id = {ADA}")
        after = tx.users.get(ADA)

    assert before == a_user()
    assert after == a_user(first_name="Augusta")


def test_a_server_that_takes_no_writes_says_so_and_can_be_read(
    uow: SqlUnitOfWork, postgresql_url: str
) -> None:
    prefer(postgresql_url, "default_transaction_read_only = on")

    with pytest.raises(StoreUnavailable, match="cannot be written to"):
        add(uow, a_user())

    assert stored(uow, ADA) is None


def test_a_user_that_is_locked_may_still_be_referred_to(
    uow: SqlUnitOfWork, postgresql_url: str
) -> None:
    add(uow, a_user())

    with uow.begin() as tx:
        tx.users.lock(ADA)
        # Fails at once, not after a wait, if it has to wait.
        referring = f"INSERT INTO task_lists VALUES ({ADA}, 0, 1)"
        execute(f"{postgresql_url}&options=-clock_timeout%3D1", referring)

    with uow.read() as reader:
        assert reader.task_lists.revision(ADA) == 1


EACH_HAS_ONE_AND_ADA_MANY = f"""
    INSERT INTO users SELECT (jsonb_populate_record(users,
        jsonb_build_object('id', number, 'email', number::text))).*
        FROM users, generate_series(1, 900) number;
    INSERT INTO sessions SELECT (jsonb_populate_record(sessions,
        jsonb_build_object('user_id', number, 'id', '\\x' || md5(number::text)))).*
        FROM sessions, generate_series(1, 900) number;
    INSERT INTO sessions SELECT (jsonb_populate_record(sessions,
        jsonb_build_object('revoked_at', now(), 'id', '\\x' || md5(number::text)))).*
        FROM sessions, generate_series(1001, 21000) number WHERE user_id = {ADA};
    ANALYZE
"""


@pytest.mark.parametrize(
    ("ask", "indexes"),
    [
        (lambda it: it.lifetime_of(ADA, a_session().id), {"pk_sessions"}),
        (lambda it: it.get(a_session().id), {"ix_sessions_id"}),
        (lambda it: it.live_of_user(ADA, NOW), {"ix_sessions_end"}),
        (lambda it: it.began_near(ADA, "192.0.2.1", NOW), {"ix_sessions_network"}),
    ],
    ids=["whether it lives", "a session", "those that live", "where they began"],
)
def test_sessions_are_found_past_those_that_have_ended(
    database: Database,
    uow: SqlUnitOfWork,
    postgresql_url: str,
    ask: Callable[[Sessions], object],
    indexes: set[str],
) -> None:
    with uow.begin() as tx:
        tx.users.add(a_user())
        tx.sessions.add(a_session())
        tx.commit()
    for statement in EACH_HAS_ONE_AND_ADA_MANY.split(";"):
        execute(postgresql_url, statement)
    with uow.read() as reader:
        ask(reader.sessions)
    (prepared,) = database.queries.values()
    names = list(dict.fromkeys(NAMES.findall(prepared.sql)))

    # As it is made once for all users.
    sql = NAMES.sub(lambda it: f"${names.index(it[1]) + 1}", prepared.sql)
    plan = execute(postgresql_url, f"EXPLAIN (GENERIC_PLAN) {sql}")

    assert set(re.findall(r"Index(?: Only)? Scan using (\w+)", str(plan))) == indexes
    assert "Seq Scan" not in str(plan)
