from contextvars import Context
from datetime import timedelta

import pytest

from application.accounts.export_account import AccountExport
from application.accounts.verify_credentials import WrongCredentials
from application.ports.password_hasher import HasherBusy
from application.ports.store import StoreUnavailable
from application.sessions.grant_tokens import TokenGrant
from application.tasks.add_task import AddTaskCommand
from domain.security_event import SecurityEvent, SecurityEventKind
from domain.session import Client, InvalidAccessToken, InvalidGrant
from domain.throttle import TooManyAttempts, network_key
from domain.user import User, UserGone, UserId, WrongPassword
from tests.unit.fakes.in_memory_store import InMemoryStore
from tests.unit.world import LAPTOP, PASSWORD, PHONE, STRANGER, World

NOWHERE = Client("", "", "")
SECOND = timedelta(seconds=1)


def delete(
    world: World, grant: TokenGrant, password: str = PASSWORD, client: Client = LAPTOP
) -> None:
    world.delete_account(world.proof(grant, client, password))


def guess(world: World, user: User, client: Client) -> None:
    with pytest.raises(WrongCredentials):
        world.logged_in(user, client, "wrong")


def live(world: World, user: User) -> TokenGrant:
    """Let the user do something of everything that leaves traces; they stay logged in."""
    world.clock.advance(SECOND)
    world.logout(world.logged_in(user, PHONE).access.session_id, PHONE)
    grant = world.logged_in(user, LAPTOP)
    for client in (LAPTOP, PHONE, STRANGER):
        guess(world, user, client)
    for name in ("Water the plants", "Sleep"):
        world.add_task(AddTaskCommand(user.id, name))
    return grant


def snapshot(store: InMemoryStore) -> list[object]:
    return [
        dict(store.users),
        dict(store.sessions),
        dict(store.tasks),
        dict(store.task_lists),
        dict(store.security_events),
        dict(store.password_resets),
        dict(store.second_factors),
    ]


class TestDeletion:
    def test_leaves_nothing_but_one_event(self, world: World, ada: User) -> None:
        grant = live(world, ada)

        delete(world, grant)

        store = world.store
        assert [store.users, store.sessions, store.tasks, store.task_lists] == [{}, {}, {}, {}]
        assert world.attempts == {network_key(STRANGER.ip_address): 1}
        assert world.security_events == [
            SecurityEvent(
                id=world.security_events[0].id,
                kind=SecurityEventKind.ACCOUNT_DELETED,
                at=world.clock.now(),
                user_id=ada.id,
                session_id=None,
                client=NOWHERE,
            )
        ]

    def test_touches_nothing_of_anybody_else(self, world: World, bob: User) -> None:
        live(world, bob)
        before = snapshot(world.store)
        ada = world.user("ada@example.org")
        grant = live(world, ada)

        delete(world, grant)

        [event] = world.events_of(SecurityEventKind.ACCOUNT_DELETED)
        del world.store.security_events[event.id]
        assert snapshot(world.store) == before

    def test_ends_every_session_at_once(self, world: World, ada: User, grant: TokenGrant) -> None:
        phone = world.logged_in(ada, PHONE)

        delete(world, grant)

        for each in (grant, phone):
            with pytest.raises(InvalidAccessToken):
                world.authenticate(each.access_token)
            with pytest.raises(InvalidGrant):
                world.refreshed(each.refresh_token)
        with pytest.raises(WrongCredentials):
            world.logged_in(ada)

    def test_frees_the_address_for_a_new_account(
        self, world: World, ada: User, grant: TokenGrant
    ) -> None:
        delete(world, grant)

        again = world.user("ada@example.org")

        assert again.id != ada.id
        assert world.tasks_of(again.id) == []


class TestIsRefused:
    def test_with_a_wrong_password_which_counts(self, world: World, ada: User) -> None:
        grant = live(world, ada)
        users, tasks = dict(world.store.users), dict(world.store.tasks)

        for _ in range(4):
            with pytest.raises(WrongPassword):
                delete(world, grant, "wrong", STRANGER)
        with pytest.raises(TooManyAttempts):
            delete(world, grant, PASSWORD, STRANGER)

        assert (world.store.users, world.store.tasks) == (users, tasks)
        assert world.events_of(SecurityEventKind.ACCOUNT_DELETED) == []

    def test_when_the_account_is_gone(self, world: World, grant: TokenGrant) -> None:
        delete(world, grant)

        with pytest.raises(InvalidAccessToken):
            delete(world, grant)

        assert len(world.events_of(SecurityEventKind.ACCOUNT_DELETED)) == 1

    def test_when_the_session_has_ended(self, world: World, ada: User, grant: TokenGrant) -> None:
        world.logout(grant.access.session_id, LAPTOP)

        with pytest.raises(InvalidAccessToken):
            delete(world, grant)

        assert world.store.users == {ada.id: ada}

    def test_when_too_many_are_signing_in(self, world: World, ada: User, grant: TokenGrant) -> None:
        world.hasher.is_busy = True

        with pytest.raises(HasherBusy):
            delete(world, grant)

        assert world.store.users == {ada.id: ada}


class TestWhileHashing:
    def test_another_deletion_is_recorded_once(self, world: World, grant: TokenGrant) -> None:
        world.hasher.while_hashing.once(lambda: delete(world, grant))

        with pytest.raises(InvalidAccessToken):
            delete(world, grant)

        assert len(world.events_of(SecurityEventKind.ACCOUNT_DELETED)) == 1

    def test_a_changed_password_makes_the_old_one_wrong(
        self, world: World, ada: User, grant: TokenGrant
    ) -> None:
        world.hasher.while_hashing.once(lambda: world.changed_password(grant, "another password"))

        with pytest.raises(WrongPassword):
            delete(world, grant)

        assert list(world.store.users) == [ada.id]

    def test_a_logout_wins(self, world: World, ada: User, grant: TokenGrant) -> None:
        session_id = grant.access.session_id
        world.hasher.while_hashing.once(lambda: world.logout(session_id, LAPTOP))

        with pytest.raises(InvalidAccessToken):
            delete(world, grant)

        assert world.store.users == {ada.id: ada}

    def test_a_login_that_hashes_it_anew_does_not_make_it_wrong(
        self, world: World, ada: User, grant: TokenGrant
    ) -> None:
        world.hasher.strength = 2
        world.hasher.while_hashing.once(lambda: world.logged_in(ada, PHONE))

        delete(world, grant)

        assert world.store.users == {}

    def test_a_login_is_shut_out(self, world: World, ada: User, grant: TokenGrant) -> None:
        world.hasher.while_hashing.once(lambda: delete(world, grant))

        with pytest.raises(WrongCredentials):
            world.logged_in(ada)

        assert world.store.sessions == {}

    def test_a_wrong_password_leaves_nothing_of_the_user(
        self, world: World, ada: User, grant: TokenGrant
    ) -> None:
        world.hasher.while_hashing.once(lambda: delete(world, grant))

        guess(world, ada, STRANGER)

        assert {event.user_id for event in world.events_of(SecurityEventKind.LOGIN_FAILED)} == {
            None
        }


class TestWhileDeleting:
    def test_a_task_that_is_being_added_is_waited_for(
        self, world: World, ada: User, grant: TokenGrant
    ) -> None:
        def delete_meanwhile() -> None:
            # It would wait for its turn; here nobody waits, and so it is sent away.
            with pytest.raises(StoreUnavailable):
                delete(world, grant)

        with world.uow.begin() as tx:
            tx.task_lists.take_number(ada.id)
            Context().run(delete_meanwhile)

        assert world.store.users == {ada.id: ada}

    def test_a_task_that_comes_later_is_refused(
        self, world: World, ada: User, grant: TokenGrant
    ) -> None:
        world.uow.before_task_list_hold.once(lambda: delete(world, grant))

        with pytest.raises(UserGone):
            world.add_task(AddTaskCommand(ada.id, "Water the plants"))

        assert world.store.tasks == {}


class TestExportAccount:
    def test_is_all_that_is_stored_about_the_user_alone(
        self, world: World, ada: User, bob: User
    ) -> None:
        live(world, bob)
        live(world, ada)

        export = world.export_account(ada.id)

        sessions = [one.id for one in world.store.sessions.values() if one.user_id == ada.id]
        events = [one.id for one in world.security_events if one.user_id == ada.id]
        assert export.user == ada
        assert export.tasks == world.tasks_of(ada.id)
        assert sorted(one.id for one in export.sessions) == sorted(sessions)
        assert sorted(one.id for one in export.security_events) == sorted(events)
        assert [len(export.tasks), len(sessions), len(events)] == [2, 2, 6]

    def test_is_empty_of_a_new_user(self, world: World, ada: User) -> None:
        export = world.export_account(ada.id)

        assert export == AccountExport(ada, [], [], [], None)

    def test_has_every_event_however_many_there_are(self, world: World, ada: User) -> None:
        grant = world.logged_in(ada)
        for number in range(300):
            world.changed_password(
                grant, f"password {number}", f"password {number - 1}" if number else PASSWORD
            )

        assert len(world.export_account(ada.id).security_events) == 301

    def test_is_refused_when_the_account_is_gone(self, world: World, ada: User) -> None:
        world.remove(ada)

        with pytest.raises(UserGone):
            world.export_account(ada.id)
        with pytest.raises(UserGone):
            world.export_account(UserId(404))
