"""What goes into a table comes out the same, on both databases."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from adapters.persistence import (
    password_resets,
    second_factors,
    security_events,
    sessions,
    tables,
    tasks,
    throttles,
    users,
)
from adapters.persistence.unit_of_work import SqlUnitOfWork
from domain.password_reset import PasswordReset
from domain.second_factor import SecondFactor
from domain.security_event import SecurityEvent, SecurityEventKind
from domain.session import Client, RevocationReason, Session, SessionLifetime
from domain.task import Task, TaskNumber
from domain.throttle import Throttle
from domain.user import User
from tests.samples import (
    ADA,
    NOW,
    a_disabled_user,
    a_password_reset,
    a_revoked_session,
    a_second_factor,
    a_security_event,
    a_session,
    a_task,
    a_throttle,
    a_user,
)

FIRST_MOMENT = datetime(1, 1, 1, tzinfo=UTC)
LAST_MOMENT = datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
WHOLE_SECOND = datetime(2031, 2, 3, 4, 5, 6, tzinfo=UTC)
MOMENTS = [FIRST_MOMENT, LAST_MOMENT, WHOLE_SECOND, WHOLE_SECOND.replace(microsecond=1)]


def keep(uow: SqlUnitOfWork, *kept: User | Session | Task) -> None:
    with uow.begin() as tx:
        for entity in kept:
            match entity:
                case User():
                    tx.users.add(entity)
                case Session():
                    tx.sessions.add(entity)
                case Task():
                    tx.tasks.add(entity)
        tx.commit()


@pytest.mark.parametrize(
    ("row", "table"),
    [
        (users.to_row(a_disabled_user()), tables.users),
        (sessions.to_row(a_revoked_session()), tables.sessions),
        (tasks.to_row(a_task()), tables.tasks),
        (security_events.to_row(a_security_event()), tables.security_events),
        (throttles.to_row(a_throttle()), tables.throttles),
        (password_resets.to_row(a_password_reset()), tables.password_resets),
        (second_factors.to_row(a_second_factor()), tables.second_factors),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_a_row_fills_every_column(row: dict[str, Any], table: Any) -> None:
    assert list(row) == [column.name for column in table.columns]
    assert None not in row.values()


@pytest.mark.parametrize(
    "sample",
    [
        a_disabled_user(),
        a_revoked_session(),
        a_security_event(),
        a_throttle(),
        a_password_reset(),
        a_second_factor(),
    ],
)
def test_a_sample_has_no_field_at_its_default(
    sample: User | Session | SecurityEvent | Throttle | PasswordReset | SecondFactor,
) -> None:
    values = {field.name: (getattr(sample, field.name), field.default) for field in fields(sample)}

    assert not [name for name, (value, default) in values.items() if value in (default, None, 0)]


def test_the_sample_of_a_task_has_no_field_that_is_empty() -> None:
    assert all(a_task())


def test_a_user_returns_with_all_it_has(uow: SqlUnitOfWork) -> None:
    keep(uow, a_disabled_user())

    with uow.read() as tx:
        assert tx.users.get(ADA) == a_disabled_user()


def test_a_session_returns_with_all_it_has(uow: SqlUnitOfWork) -> None:
    keep(uow, a_user(), a_revoked_session())

    with uow.read() as tx:
        assert tx.sessions.get(a_session().id) == a_revoked_session()


def test_a_security_event_returns_with_all_it_has(uow: SqlUnitOfWork) -> None:
    with uow.begin() as tx:
        tx.security_events.add(a_security_event())
        tx.commit()

    with uow.read() as reader:
        assert reader.security_events.of_user(ADA, None, 2) == [a_security_event()]
        assert reader.security_events.of_all(None, 2) == [a_security_event()]


@pytest.mark.parametrize("kind", SecurityEventKind)
def test_every_kind_of_security_event_returns(uow: SqlUnitOfWork, kind: SecurityEventKind) -> None:
    with uow.begin() as tx:
        tx.security_events.add(a_security_event(kind=kind))
        tx.commit()

    with uow.read() as reader:
        assert reader.security_events.of_user(ADA, None, 2) == [a_security_event(kind=kind)]


@pytest.mark.parametrize("reason", RevocationReason)
def test_a_session_returns_whyever_it_was_revoked(
    uow: SqlUnitOfWork, reason: RevocationReason
) -> None:
    session = a_session().revoke(NOW, reason)

    keep(uow, a_user(), session)

    with uow.read() as tx:
        assert tx.sessions.get(session.id) == session


def test_a_throttle_returns_with_all_it_has(uow: SqlUnitOfWork) -> None:
    with uow.begin() as tx:
        tx.throttles.lock(a_throttle().key, FIRST_MOMENT)
        tx.throttles.save(a_throttle())
        tx.commit()

    with uow.begin() as tx:
        assert tx.throttles.lock(a_throttle().key, LAST_MOMENT) == a_throttle()


def test_what_may_be_missing_or_empty_returns_so(uow: SqlUnitOfWork) -> None:
    session = a_session(client=Client("", "", ""), generation=2**32 - 1, grace_hits=0)

    keep(uow, a_user(), session)

    with uow.read() as tx:
        assert tx.users.get(ADA) == a_user()
        assert tx.sessions.get(session.id) == session


def test_a_task_returns_with_all_it_has(uow: SqlUnitOfWork) -> None:
    task = a_task(number=TaskNumber(2**53 - 1), version=2**53 - 1, name=" 🌱\n\t'\"%:s?;-- ")
    other = a_task(is_completed=False)

    keep(uow, a_user(), task, other)

    with uow.read() as tx:
        found = tx.tasks.of_user(ADA)
        assert found == [other, task]
        assert [each.is_completed for each in found] == [False, True]


@pytest.mark.parametrize("moment", MOMENTS, ids=str)
def test_every_time_returns_to_the_microsecond_and_in_utc(
    uow: SqlUnitOfWork, moment: datetime
) -> None:
    lifetime = SessionLifetime(moment, moment, moment)
    session = a_session(
        created_at=moment, authenticated_at=moment, rotated_at=moment, lifetime=lifetime
    )
    user = a_user(created_at=moment, disabled_at=moment)

    keep(uow, user, session, a_task(ts=moment))

    with uow.read() as tx:
        assert tx.users.get(ADA) == user
        assert tx.sessions.get(session.id) == session
        assert tx.sessions.lifetime_of(ADA, session.id) == lifetime
        (task,) = tx.tasks.of_user(ADA)
    assert task.ts == moment
    assert task.ts.tzinfo is UTC


def test_a_time_of_another_zone_returns_as_the_same_moment(uow: SqlUnitOfWork) -> None:
    elsewhere = NOW.astimezone(timezone(timedelta(hours=-7, minutes=-30)))

    keep(uow, a_user(), a_task(ts=elsewhere))

    with uow.read() as tx:
        assert tx.tasks.of_user(ADA) == [a_task(ts=NOW)]


def test_a_time_without_a_zone_is_refused(uow: SqlUnitOfWork) -> None:
    with uow.begin() as tx, pytest.raises(ValueError, match="has no time zone"):
        tx.users.add(a_user(created_at=datetime(2031, 2, 3)))  # noqa: DTZ001 # that is the point
