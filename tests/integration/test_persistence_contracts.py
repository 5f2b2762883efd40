"""The contracts of the store's ports, kept by SQLite and by PostgreSQL."""

from collections.abc import Callable

import pytest

from adapters.persistence.directory import SqlDirectory
from adapters.persistence.engine import Database
from adapters.persistence.schema import SqlSchema
from application.ports.directory import Directory
from application.ports.store import Store
from tests.contracts.directory import DirectoryContract
from tests.contracts.password_resets import PasswordResetsContract
from tests.contracts.second_factors import SecondFactorsContract
from tests.contracts.security_events import SecurityEventsContract
from tests.contracts.sessions import SessionsContract, SessionsRaceContract
from tests.contracts.store import StoreContract
from tests.contracts.task_lists import TaskListsContract, TaskListsRaceContract
from tests.contracts.tasks import TasksContract
from tests.contracts.throttles import ThrottlesContract, ThrottlesRaceContract
from tests.contracts.unit_of_work import UnitOfWorkContract, UnitOfWorkRaceContract
from tests.contracts.users import UsersContract, UsersRaceContract


class TestUnitOfWork(UnitOfWorkContract):
    pass


class TestUnitOfWorkRace(UnitOfWorkRaceContract):
    pass


class TestUsers(UsersContract):
    pass


class TestUsersRace(UsersRaceContract):
    pass


class TestSessions(SessionsContract):
    pass


class TestSessionsRace(SessionsRaceContract):
    pass


class TestTasks(TasksContract):
    pass


class TestTaskLists(TaskListsContract):
    pass


class TestTaskListsRace(TaskListsRaceContract):
    pass


class TestSecurityEvents(SecurityEventsContract):
    pass


class TestPasswordResets(PasswordResetsContract):
    pass


class TestSecondFactors(SecondFactorsContract):
    pass


class TestThrottles(ThrottlesContract):
    pass


class TestThrottlesRace(ThrottlesRaceContract):
    pass


class TestDirectory(DirectoryContract):
    @pytest.fixture
    def directory(self, database: Database) -> Directory:
        return SqlDirectory(database)


class TestStore(StoreContract):
    @pytest.fixture
    def store(self, empty_database_url: str, open_database: Callable[[str], Database]) -> Store:
        return SqlSchema(open_database(empty_database_url))
