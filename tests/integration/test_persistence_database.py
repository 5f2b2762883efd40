"""Connections: whose they are, how long they live, and what is said when there is none."""

import socket
from contextlib import closing
from traceback import format_exception

import pytest

from adapters.persistence.engine import Database
from adapters.persistence.schema import SqlSchema
from adapters.persistence.unit_of_work import SqlUnitOfWork
from application.ports.store import DatabaseUrlError, StoreUnavailable
from domain.user import EmailTaken
from tests.contracts.threads import elsewhere
from tests.contracts.unit_of_work import add, stored
from tests.integration.programs import run_python
from tests.samples import ADA, a_user

SECRET = "hunter2"

BE_INTERRUPTED_AT_THE_END = """
import os, signal, sys
from adapters.persistence.engine import Database

os.dup2(1, 2)
# It is ignored in what a shell has started in the background, such as these tests.
signal.signal(signal.SIGINT, signal.default_int_handler)
database = Database(sys.argv[1])
database.before_dispose(lambda: os.kill(os.getpid(), signal.SIGINT))
"""

USE_AFTER_FORK = """
import os, sys
from contextlib import nullcontext
from adapters.persistence.engine import Database
from adapters.persistence.unit_of_work import SqlUnitOfWork

database = Database(sys.argv[1])
users = SqlUnitOfWork(database).read().users
turn = database.turn if sys.argv[3] == "in turn" else nullcontext()
with turn:
    users.get(1)
if sys.argv[2] == "disposed":
    database.dispose()
child = os.fork()
try:
    with turn:
        users.get(1)
except RuntimeError:
    os._exit(3 if child == 0 else 4)
if child == 0:
    os._exit(0)
_, status = os.waitpid(child, 0)
with turn:
    users.get(1)
database.dispose()
sys.exit(os.waitstatus_to_exitcode(status))
"""

FORK_WITHIN_TRANSACTION = """
import os, sys
from adapters.persistence.engine import Database
from adapters.persistence.unit_of_work import SqlUnitOfWork

database = Database(sys.argv[1])
with SqlUnitOfWork(database).begin() as tx:
    tx.task_lists.revision(1)
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    tx.task_lists.revision(1)
    tx.commit()
database.dispose()
"""


@pytest.mark.parametrize(
    "url",
    [
        "",
        "taskward.db",
        f"mysql://root:{SECRET}@localhost/taskward",
        f"postgresql+asyncpg://root:{SECRET}@localhost/taskward",
        f"postgresql://root:{SECRET}%zz@localhost/taskward",
        f"postgresql://root:{SECRET}@localhost/taskward?nonsense=1",
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite:///taskward.db?mode=memory",
    ],
)
def test_a_url_of_no_database_is_refused_without_its_secret(url: str) -> None:
    with pytest.raises(DatabaseUrlError) as refused:
        Database(url)

    assert SECRET not in "".join(format_exception(refused.value))
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_postgresql_may_be_spelled_in_several_ways(postgresql_url: str, scheme: str) -> None:
    database = Database(postgresql_url.replace("postgresql", scheme, 1))

    SqlSchema(database).check()

    database.dispose()


def test_a_database_that_is_away_is_unavailable() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
    database = Database(f"postgresql://taskward:{SECRET}@127.0.0.1:{port}/taskward")
    uow = SqlUnitOfWork(database)

    with pytest.raises(StoreUnavailable) as unavailable:
        SqlSchema(database).check()
    with pytest.raises(StoreUnavailable):
        add(uow, a_user())
    with pytest.raises(StoreUnavailable):
        stored(uow, ADA)
    with pytest.raises(StoreUnavailable):
        SqlSchema(database).upgrade()

    assert SECRET not in f"{unavailable.value} {unavailable.value.__cause__}"


def test_nothing_is_opened_before_it_is_used(database: Database) -> None:
    SqlUnitOfWork(database).read()

    assert not database.connection.is_open


def test_a_thread_keeps_its_connection_and_shares_it_with_none(database: Database) -> None:
    mine = database.connection

    assert database.connection is mine
    assert elsewhere(lambda: database.connection) is not mine


def test_all_who_have_the_turn_query_by_one_connection(
    database: Database, uow: SqlUnitOfWork
) -> None:
    def query_in_turn() -> bool:
        with database.turn:
            stored(uow, ADA)
        return database.connection.is_open

    assert not query_in_turn()
    assert not elsewhere(query_in_turn)
    assert database.turn_connection.is_open


def test_who_has_not_got_the_turn_queries_by_a_connection_of_their_own(
    database: Database, uow: SqlUnitOfWork
) -> None:
    with database.turn:
        elsewhere(lambda: stored(uow, ADA))

    assert not database.turn_connection.is_open


def test_a_query_in_turn_sees_what_was_committed_before(
    database: Database, uow: SqlUnitOfWork
) -> None:
    with database.turn:
        assert stored(uow, ADA) is None
    elsewhere(lambda: add(uow, a_user()))

    with database.turn:
        assert stored(uow, ADA) == a_user()


def test_who_gives_the_turn_away_leaves_its_connection_to_others(
    database: Database, uow: SqlUnitOfWork
) -> None:
    with database.turn:
        stored(uow, ADA)
        database.turn_connection.close()
        with database.turn.aside():
            stored(uow, ADA)
        assert not database.turn_connection.is_open
        stored(uow, ADA)

    assert database.turn_connection.is_open


def test_nobody_queries_beside_their_own_transaction_in_turn_either(
    database: Database, uow: SqlUnitOfWork
) -> None:
    with (
        database.turn,
        uow.begin(),
        uow.read() as beside,
        pytest.raises(RuntimeError, match="see into it"),
    ):
        beside.users.get(ADA)


def test_the_connection_of_those_who_have_the_turn_is_disposed_of_like_all(
    database: Database, uow: SqlUnitOfWork
) -> None:
    with database.turn:
        stored(uow, ADA)

    database.dispose()

    assert not database.turn_connection.is_open


def test_a_connection_is_closed_when_its_thread_ends(
    database: Database, uow: SqlUnitOfWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = database.driver.connect()
    monkeypatch.setattr(database.driver, "connect", lambda: raw)

    elsewhere(lambda: stored(uow, ADA))

    with pytest.raises(database.driver.error, match="closed"):
        raw.execute("SELECT 1")


def test_a_database_that_was_disposed_of_opens_again(
    database: Database, uow: SqlUnitOfWork
) -> None:
    add(uow, a_user())
    database.dispose()
    assert not database.connection.is_open

    assert stored(uow, ADA) == a_user()


@pytest.mark.parametrize("whose", ["in turn", "their own"])
@pytest.mark.parametrize(("state", "exit_code"), [("open", 3), ("disposed", 0)])
def test_a_connection_does_not_cross_a_fork(
    database_url: str, state: str, exit_code: int, whose: str
) -> None:
    assert run_python(USE_AFTER_FORK, database_url, state, whose).returncode == exit_code


def test_who_interrupts_the_very_end_is_told_of_no_error(sqlite_url: str) -> None:
    program = run_python(BE_INTERRUPTED_AT_THE_END, sqlite_url)

    assert (program.returncode, program.stdout) == (0, "")


def test_a_child_leaves_its_parents_transaction_alone(database_url: str) -> None:
    assert run_python(FORK_WITHIN_TRANSACTION, database_url).returncode == 0


def test_an_id_that_is_taken_is_not_an_address_that_is_taken(uow: SqlUnitOfWork) -> None:
    add(uow, a_user())

    with pytest.raises(Exception, match="users") as clash:
        add(uow, a_user(email="another@example.org"))

    assert not isinstance(clash.value, EmailTaken)


def test_reading_beside_the_threads_own_transaction_is_refused(uow: SqlUnitOfWork) -> None:
    with uow.begin(), uow.read() as reader, pytest.raises(RuntimeError, match="see into it"):
        reader.users.get(ADA)


def test_a_reader_cannot_write(uow: SqlUnitOfWork) -> None:
    with uow.read() as reader:
        with pytest.raises(RuntimeError, match="Only a transaction may write"):
            reader.users.add(a_user())
        with pytest.raises(RuntimeError, match="Only a transaction may write"):
            reader.task_lists.take_number(ADA)
