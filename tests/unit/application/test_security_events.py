from datetime import timedelta
from functools import partial

import pytest

from application.accounts.list_security_events import SecurityEventPage
from application.sessions.grant_tokens import TokenGrant
from domain.security_event import (
    SecurityEvent,
    SecurityEventId,
    SecurityEventKind,
    SecurityEventPosition,
)
from domain.session import SessionPolicy
from domain.user import User
from tests.samples import a_security_event
from tests.unit.world import LAPTOP, PASSWORD, PHONE, RETENTION, World

MOMENT = timedelta(microseconds=1)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


@pytest.fixture
def events(world: World, ada: User) -> list[SecurityEvent]:
    """Seven events of Ada's, newest first, of two moments."""
    made = [
        a_security_event(
            id=SecurityEventId(number.to_bytes(16)),
            user_id=ada.id,
            at=world.clock.now() + number // 3 * SECOND,
        )
        for number in range(7)
    ]
    for event in made:
        keep(world, event)
    return made[::-1]


def keep(world: World, event: SecurityEvent) -> None:
    with world.uow.begin() as tx:
        tx.security_events.add(event)
        tx.commit()


def position(event: SecurityEvent) -> SecurityEventPosition:
    return SecurityEventPosition(event.at, event.id)


class TestListSecurityEvents:
    def test_tells_what_happened_newest_first(
        self, world: World, ada: User, events: list[SecurityEvent]
    ) -> None:
        page = world.list_security_events(ada.id, None, 10)

        assert page == SecurityEventPage(events, next=None)

    def test_tells_where_the_next_page_begins(
        self, world: World, ada: User, events: list[SecurityEvent]
    ) -> None:
        page = world.list_security_events(ada.id, None, 3)

        assert page == SecurityEventPage(events[:3], position(events[2]))

    @pytest.mark.parametrize("whose", ["a user's", "all"])
    @pytest.mark.parametrize("limit", [1, 2, 3, 6, 7, 8])
    def test_goes_on_from_page_to_page_without_a_gap_or_a_repetition(
        self, world: World, ada: User, events: list[SecurityEvent], whose: str, limit: int
    ) -> None:
        of = world.list_security_events
        page = partial(of, ada.id) if whose == "a user's" else of.of_all

        pages = [page(None, limit)]
        while pages[-1].next and len(pages) < 10:
            pages.append(page(pages[-1].next, limit))

        assert [event for one in pages for event in one.events] == events
        assert {len(one.events) for one in pages[:-1]} <= {limit}

    def test_has_no_empty_page_at_the_end(
        self, world: World, ada: User, events: list[SecurityEvent]
    ) -> None:
        page = world.list_security_events(ada.id, None, 7)

        assert page == SecurityEventPage(events, next=None)

    def test_stays_in_place_when_something_new_happens(
        self, world: World, ada: User, events: list[SecurityEvent]
    ) -> None:
        first = world.list_security_events(ada.id, None, 3)
        world.clock.advance(DAY)
        world.logged_in(ada)

        second = world.list_security_events(ada.id, first.next, 3)

        assert second.events == events[3:6]

    def test_tells_a_user_of_nobody_elses_and_the_operator_of_all(
        self, world: World, ada: User, bob: User
    ) -> None:
        for user in (ada, bob):
            world.logged_in(user)
            world.clock.advance(SECOND)

        adas = world.list_security_events(ada.id, None, 10)
        everybodys = world.list_security_events.of_all(None, 10)

        assert [event.user_id for event in adas.events] == [ada.id]
        assert [event.user_id for event in everybodys.events] == [bob.id, ada.id]

    def test_is_empty_at_first(self, world: World, ada: User) -> None:
        assert world.list_security_events(ada.id, None, 10) == SecurityEventPage([], None)


def test_a_day_in_the_life_of_an_account_is_told_once(
    world: World, ada: User, grant: TokenGrant
) -> None:
    newest = world.refreshed(grant.refresh_token)
    phone = world.logged_in(ada, PHONE)
    world.changed_password(newest, "a better password", PASSWORD)
    world.logout(grant.access.session_id, LAPTOP)

    assert [(event.kind, event.session_id) for event in world.security_events] == [
        (SecurityEventKind.LOGGED_IN, grant.access.session_id),
        (SecurityEventKind.LOGGED_IN, phone.access.session_id),
        (SecurityEventKind.SESSION_ENDED, phone.access.session_id),
        (SecurityEventKind.PASSWORD_CHANGED, grant.access.session_id),
        (SecurityEventKind.SESSION_ENDED, grant.access.session_id),
    ]


class TestForgetOld:
    def test_removes_events_past_their_retention_and_counts_them(
        self, world: World, events: list[SecurityEvent]
    ) -> None:
        world.clock.advance(RETENTION + SECOND)

        removed = world.forget_old()

        assert removed == 3
        assert set(world.store.security_events) == {event.id for event in events[:4]}

    def test_keeps_them_until_then(self, world: World, events: list[SecurityEvent]) -> None:
        world.clock.advance(RETENTION)

        assert world.forget_old() == 0
        assert len(world.security_events) == 7

    def test_removes_sessions_that_have_ended_so_long_ago(self, world: World, ada: User) -> None:
        ended, idle = world.logged_in(ada), world.logged_in(ada)
        world.clock.advance(DAY)
        world.logout(ended.access.session_id, LAPTOP)
        world.clock.advance(RETENTION + MOMENT)
        young = world.logged_in(ada)

        world.forget_old()
        first = set(world.store.sessions)
        world.clock.advance(world.policy.idle - DAY)
        world.refreshed(young.refresh_token)
        world.forget_old()

        assert first == {idle.access.session_id, young.access.session_id}
        assert set(world.store.sessions) == {young.access.session_id}

    def test_never_removes_a_session_that_lives(self) -> None:
        world = World(SessionPolicy(maximum=timedelta(days=1000)))
        grant = world.logged_in(world.user())
        for _ in range(40):
            world.clock.advance(timedelta(days=10))
            grant = world.refreshed(grant.refresh_token)

        world.forget_old()

        assert set(world.store.sessions) == {grant.access.session_id}

    def test_removes_attempts_a_day_after_the_last(self, world: World, ada: User) -> None:
        world.clock.advance(MOMENT)
        world.verify_password(None, ada.email, "wrong", PHONE)
        attempts = world.attempts
        world.clock.advance(DAY)

        world.forget_old()
        kept = world.attempts
        world.clock.advance(MOMENT)
        world.forget_old()

        assert kept == attempts
        assert world.store.throttles == {}

    def test_leaves_accounts_and_their_tasks_alone(self, world: World, ada: User) -> None:
        world.clock.advance(timedelta(days=3650))

        world.forget_old()

        assert world.store.users == {ada.id: ada}
