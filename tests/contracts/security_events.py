"""What every SecurityEvents promises. Bind it as tests.contracts.unit_of_work says.

The port cannot be asked what it recorded, so the suite needs a second fixture: ``recorded``, a
function that returns the events that were committed, in any order.
"""

from collections.abc import Callable, Iterable

from application.ports.unit_of_work import UnitOfWork
from domain.security_event import SecurityEvent, SecurityEventId
from tests.samples import NOBODY, a_security_event

Recorded = Callable[[], Iterable[SecurityEvent]]


def record(uow: UnitOfWork, event: SecurityEvent) -> None:
    with uow.begin() as tx:
        tx.security_events.add(event)
        tx.commit()


class SecurityEventsContract:
    def test_an_event_is_recorded_whole(self, uow: UnitOfWork, recorded: Recorded) -> None:
        record(uow, a_security_event())

        assert list(recorded()) == [a_security_event()]

    def test_an_event_may_concern_nobody_known(self, uow: UnitOfWork, recorded: Recorded) -> None:
        event = a_security_event(user_id=None, session_id=None)

        record(uow, event)

        assert list(recorded()) == [event]

    def test_an_event_outlives_its_user(self, uow: UnitOfWork, recorded: Recorded) -> None:
        event = a_security_event(user_id=NOBODY)

        record(uow, event)

        assert list(recorded()) == [event]

    def test_events_of_the_same_moment_are_all_kept(
        self, uow: UnitOfWork, recorded: Recorded
    ) -> None:
        one = a_security_event()
        two = a_security_event(id=SecurityEventId(bytes(16)))

        record(uow, one)
        record(uow, two)

        assert sorted(event.id for event in recorded()) == sorted([one.id, two.id])

    def test_an_event_goes_with_its_transaction(self, uow: UnitOfWork, recorded: Recorded) -> None:
        with uow.begin() as tx:
            tx.security_events.add(a_security_event())

        assert list(recorded()) == []
