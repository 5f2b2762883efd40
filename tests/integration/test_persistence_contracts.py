"""The contracts of the store's ports, kept by SQLite and by PostgreSQL."""

import pytest
from sqlalchemy import select

from adapters.persistence.channel import QueryChannel
from adapters.persistence.engine import Database
from adapters.persistence.security_events import to_entity
from adapters.persistence.tables import security_events
from tests.contracts.security_events import Recorded, SecurityEventsContract
from tests.contracts.sessions import SessionsContract, SessionsRaceContract
from tests.contracts.task_lists import TaskListsContract, TaskListsRaceContract
from tests.contracts.tasks import TasksContract
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
    @pytest.fixture
    def recorded(self, database: Database) -> Recorded:
        channel = QueryChannel(database)
        return lambda: map(to_entity, channel.rows(select(security_events), {}))
