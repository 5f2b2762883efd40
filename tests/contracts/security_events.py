"""What every SecurityEvents promises. Bind it as tests.contracts.unit_of_work says."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from application.ports.unit_of_work import UnitOfWork
from domain.security_event import SecurityEvent, SecurityEventId, SecurityEventPosition
from domain.user import UserId
from tests.samples import A_SECOND, ADA, BOB, NOBODY, NOW, a_security_event, a_user

MOMENT = timedelta(microseconds=1)
ENOUGH = 100


def an_event(number: int, at: datetime = NOW, user_id: UserId | None = ADA) -> SecurityEvent:
    """Events at the same time are in the order of their numbers."""
    event_id = SecurityEventId(number.to_bytes(16))
    return a_security_event(id=event_id, at=at, user_id=user_id)


def record(uow: UnitOfWork, *events: SecurityEvent) -> None:
    with uow.begin() as tx:
        for event in events:
            tx.security_events.add(event)
        tx.commit()


def recorded(uow: UnitOfWork) -> Sequence[SecurityEvent]:
    with uow.read() as tx:
        return list(tx.security_events.of_all(None, ENOUGH))


def recorded_of(uow: UnitOfWork, user_id: UserId) -> Sequence[SecurityEvent]:
    with uow.read() as tx:
        return list(tx.security_events.of_user(user_id, None, ENOUGH))


def page(
    uow: UnitOfWork, of: UserId | None, after: SecurityEvent | None, limit: int
) -> Sequence[SecurityEvent]:
    before = SecurityEventPosition(after.at, after.id) if after else None
    with uow.read() as tx:
        events = tx.security_events
        return list(
            events.of_all(before, limit) if of is None else events.of_user(of, before, limit)
        )


class SecurityEventsContract:
    def test_an_event_is_recorded_whole(self, uow: UnitOfWork) -> None:
        record(uow, a_security_event())

        assert recorded(uow) == recorded_of(uow, ADA) == [a_security_event()]

    def test_an_event_may_concern_nobody_known(self, uow: UnitOfWork) -> None:
        event = a_security_event(user_id=None, session_id=None, detail="")

        record(uow, event)

        assert recorded(uow) == [event]

    def test_an_event_needs_no_user_and_outlives_one(self, uow: UnitOfWork) -> None:
        nobodys = an_event(1, user_id=NOBODY)
        adas = an_event(2)
        with uow.begin() as tx:
            tx.users.add(a_user())
            tx.security_events.add(nobodys)
            tx.security_events.add(adas)
            tx.commit()

        with uow.begin() as tx:
            tx.users.lock(ADA)
            tx.task_lists.touch(ADA)
            tx.users.remove(ADA)
            tx.commit()

        assert recorded(uow) == [adas, nobodys]

    def test_an_event_goes_with_its_transaction(self, uow: UnitOfWork) -> None:
        with uow.begin() as tx:
            tx.security_events.add(a_security_event())

        assert recorded(uow) == []

    def test_nothing_happened_at_first(self, uow: UnitOfWork) -> None:
        assert recorded(uow) == recorded_of(uow, ADA) == []

    def test_the_newest_come_first_and_those_of_the_same_moment_in_the_order_of_their_ids(
        self, uow: UnitOfWork
    ) -> None:
        oldest = an_event(9, NOW - MOMENT)
        newest = an_event(0, NOW + MOMENT)
        one, two, three = an_event(1), an_event(2), an_event(3)

        record(uow, two, oldest, three, newest, one)

        assert recorded(uow) == [newest, three, two, one, oldest]
        assert recorded_of(uow, ADA) == recorded(uow)

    def test_a_users_events_are_those_of_no_other(self, uow: UnitOfWork) -> None:
        adas, bobs, nobodys = an_event(1), an_event(2, user_id=BOB), an_event(3, user_id=None)

        record(uow, adas, bobs, nobodys)

        assert recorded_of(uow, ADA) == [adas]
        assert recorded_of(uow, BOB) == [bobs]
        assert recorded(uow) == [nobodys, bobs, adas]

    @pytest.mark.parametrize("of", [ADA, None], ids=["of a user", "of all"])
    @pytest.mark.parametrize("limit", [1, 2, 3, 8, 9])
    def test_pages_follow_each_other_without_a_gap_or_a_repetition(
        self, uow: UnitOfWork, of: UserId | None, limit: int
    ) -> None:
        # Two moments, each with several events, so that pages end within and between them.
        events = [an_event(number, NOW + number % 2 * A_SECOND) for number in range(8)]
        record(uow, *events)
        record(uow, *(an_event(8 + number, NOW, BOB) for number in range(2)))

        pages, last = [], None
        while found := page(uow, of, last, limit):
            pages.append(found)
            last = found[-1]

        seen = [event for one in pages for event in one]
        assert seen == (recorded(uow) if of is None else recorded_of(uow, ADA))
        assert len(seen) == (10 if of is None else 8)
        assert {len(one) for one in pages[:-1]} <= {limit}

    def test_a_page_goes_on_where_an_event_stood_that_is_not_there_any_more(
        self, uow: UnitOfWork
    ) -> None:
        record(uow, an_event(1), an_event(3))

        assert page(uow, ADA, an_event(2), ENOUGH) == [an_event(1)]
        assert page(uow, None, an_event(2), ENOUGH) == [an_event(1)]

    def test_a_users_events_can_be_removed_alone(self, uow: UnitOfWork) -> None:
        bobs, nobodys = an_event(2, user_id=BOB), an_event(3, user_id=None)
        record(uow, an_event(1), an_event(4, NOW - A_SECOND), bobs, nobodys)

        with uow.begin() as tx:
            tx.security_events.remove_of_user(ADA)
            tx.commit()

        assert recorded(uow) == [nobodys, bobs]

    def test_what_is_older_can_be_removed_and_is_counted(self, uow: UnitOfWork) -> None:
        older = [an_event(1, NOW - MOMENT), an_event(2, NOW - A_SECOND, BOB)]
        kept = [an_event(4, NOW + MOMENT, None), an_event(3)]
        record(uow, *older, *kept)

        with uow.begin() as tx:
            removed = tx.security_events.remove_older(NOW)
            again = tx.security_events.remove_older(NOW)
            tx.commit()

        assert (removed, again) == (2, 0)
        assert recorded(uow) == kept

    def test_a_removal_that_is_not_committed_is_forgotten(self, uow: UnitOfWork) -> None:
        record(uow, an_event(1))

        with uow.begin() as tx:
            tx.security_events.remove_older(NOW + A_SECOND)
            tx.security_events.remove_of_user(ADA)

        assert recorded(uow) == [an_event(1)]
