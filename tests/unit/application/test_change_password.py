from dataclasses import replace

import pytest

from application.accounts.change_password import ChangePasswordCommand
from application.accounts.verify_credentials import WrongCredentials
from application.ports.password_hasher import HasherBusy
from application.ports.store import StoreUnavailable
from application.sessions.grant_tokens import TokenGrant
from domain.password import PasswordMismatch, WeakPassword
from domain.security_event import SecurityEventKind
from domain.session import InvalidAccessToken, InvalidGrant, RevocationReason
from domain.throttle import TooManyAttempts
from domain.user import User, UserGone, WrongPassword
from tests.unit.world import COMMON_PASSWORD, LAPTOP, PASSWORD, PHONE, STRANGER, World

NEW = "a better password"


@pytest.fixture
def phone(world: World, ada: User, grant: TokenGrant) -> TokenGrant:
    """Ada's second session beside ``grant``, from which she changes her password."""
    return world.logged_in(ada, PHONE)


@pytest.fixture
def command(grant: TokenGrant) -> ChangePasswordCommand:
    access = grant.access
    return ChangePasswordCommand(access.user_id, access.session_id, PASSWORD, NEW, NEW, LAPTOP)


def reason_of(world: World, grant: TokenGrant) -> RevocationReason | None:
    return world.session_of(grant).revocation_reason


class TestTheNewPassword:
    def test_opens_the_account_and_the_old_one_does_not(
        self, world: World, ada: User, command: ChangePasswordCommand
    ) -> None:
        world.change_password(command)

        assert world.logged_in(ada, password=NEW).user.id == ada.id
        with pytest.raises(WrongCredentials):
            world.logged_in(ada)

    def test_changes_nothing_else_of_the_user_and_nobody_else(
        self, world: World, ada: User, bob: User, command: ChangePasswordCommand
    ) -> None:
        world.change_password(command)

        stored = world.store.users[ada.id]
        assert stored == ada.change_password(stored.password_hash, world.clock.now())
        assert world.store.users[bob.id] == bob

    @pytest.mark.parametrize(
        "password", ["short", COMMON_PASSWORD, "ada@example.org", "Ada Lovelace"]
    )
    def test_is_refused_when_a_stranger_could_guess_it(
        self,
        world: World,
        ada: User,
        phone: TokenGrant,
        command: ChangePasswordCommand,
        password: str,
    ) -> None:
        with pytest.raises(WeakPassword):
            world.change_password(
                replace(command, new_password=password, confirm_password=password)
            )

        assert world.store.users[ada.id] == ada
        assert reason_of(world, phone) is None

    def test_is_refused_when_its_confirmation_differs(
        self, world: World, ada: User, command: ChangePasswordCommand
    ) -> None:
        with pytest.raises(PasswordMismatch):
            world.change_password(replace(command, confirm_password=NEW + "x"))

        assert world.store.users[ada.id] == ada

    def test_is_not_stored_when_too_many_are_signing_in(
        self, world: World, ada: User, phone: TokenGrant, command: ChangePasswordCommand
    ) -> None:
        world.hasher.is_busy = True

        with pytest.raises(HasherBusy):
            world.change_password(command)

        assert world.store.users[ada.id] == ada
        assert reason_of(world, phone) is None
        assert world.attempts == {}


class TestSessions:
    def test_but_the_callers_own_end_at_once(
        self, world: World, grant: TokenGrant, phone: TokenGrant, command: ChangePasswordCommand
    ) -> None:
        world.change_password(command)

        assert reason_of(world, phone) is RevocationReason.PASSWORD_CHANGED
        with pytest.raises(InvalidAccessToken):
            world.authenticate(phone.access_token)
        with pytest.raises(InvalidGrant):
            world.refreshed(phone.refresh_token)

    def test_of_the_caller_and_of_others_go_on(
        self, world: World, bob: User, grant: TokenGrant, command: ChangePasswordCommand
    ) -> None:
        bobs = world.logged_in(bob)

        world.change_password(command)

        for each in (grant, bobs):
            assert world.authenticate(each.access_token) == each.access
            assert world.refreshed(each.refresh_token).user.id == each.user.id

    def test_that_had_ended_keep_their_end(
        self, world: World, ada: User, grant: TokenGrant, command: ChangePasswordCommand
    ) -> None:
        ended = world.logged_in(ada, PHONE)
        world.logout(ended.access.session_id, PHONE)
        before = world.session_of(ended)

        world.change_password(command)

        assert world.session_of(ended) == before

    def test_that_refresh_at_this_moment_end_all_the_same(
        self, world: World, phone: TokenGrant, command: ChangePasswordCommand
    ) -> None:
        newest: list[TokenGrant] = []
        world.uow.before_session_replace.once(
            lambda: newest.append(world.refreshed(phone.refresh_token))
        )

        world.change_password(command)

        assert world.session_of(phone).generation == 1
        assert reason_of(world, phone) is RevocationReason.PASSWORD_CHANGED
        with pytest.raises(InvalidGrant):
            world.refreshed(newest[0].refresh_token)


class TestALogin:
    def test_cannot_come_between_the_change_and_the_end_of_the_others(
        self,
        world: World,
        ada: User,
        grant: TokenGrant,
        phone: TokenGrant,
        command: ChangePasswordCommand,
    ) -> None:
        def log_in() -> None:
            # It would wait for its turn; here nobody waits, and so it is sent away.
            with pytest.raises(StoreUnavailable):
                world.logged_in(ada, STRANGER)

        world.uow.before_session_replace.once(log_in)
        world.change_password(command)

        assert world.list_sessions(ada.id) == [world.session_of(grant)]

    def test_with_the_old_password_that_is_verified_meanwhile_begins_no_session(
        self, world: World, ada: User, grant: TokenGrant, command: ChangePasswordCommand
    ) -> None:
        world.hasher.while_hashing.once(lambda: world.change_password(command))

        with pytest.raises(WrongCredentials):
            world.logged_in(ada, STRANGER)

        assert world.list_sessions(ada.id) == [world.session_of(grant)]

    def test_that_was_quicker_is_ended(
        self, world: World, ada: User, grant: TokenGrant, command: ChangePasswordCommand
    ) -> None:
        quicker: list[TokenGrant] = []
        world.hasher.while_hashing.once(lambda: quicker.append(world.logged_in(ada, STRANGER)))

        world.change_password(command)

        assert reason_of(world, quicker[0]) is RevocationReason.PASSWORD_CHANGED
        assert world.list_sessions(ada.id) == [world.session_of(grant)]

    def test_that_hashes_the_old_password_anew_meanwhile_does_not_make_it_wrong(
        self, world: World, ada: User, command: ChangePasswordCommand
    ) -> None:
        world.hasher.strength = 2
        world.hasher.while_hashing.once(lambda: world.logged_in(ada, PHONE))

        world.change_password(command)

        assert world.logged_in(ada, password=NEW).user.id == ada.id


class TestIsRecorded:
    def test_once_with_who_when_and_where(
        self, world: World, ada: User, command: ChangePasswordCommand
    ) -> None:
        world.change_password(replace(command, client=PHONE))

        [event] = world.events_of(SecurityEventKind.PASSWORD_CHANGED)
        assert (event.user_id, event.session_id) == (ada.id, command.session_id)
        assert (event.at, event.client) == (world.clock.now(), PHONE)

    def test_with_each_session_that_it_ends(
        self, world: World, ada: User, phone: TokenGrant, command: ChangePasswordCommand
    ) -> None:
        world.change_password(command)

        [event] = world.events_of(SecurityEventKind.SESSION_ENDED)
        assert (event.user_id, event.session_id) == (ada.id, phone.access.session_id)
        assert event.detail == RevocationReason.PASSWORD_CHANGED

    def test_without_those_that_had_run_out(
        self, world: World, ada: User, phone: TokenGrant
    ) -> None:
        world.clock.advance(world.policy.idle)
        caller = world.logged_in(ada)

        world.changed_password(caller, NEW)

        assert world.events_of(SecurityEventKind.SESSION_ENDED) == []
        assert reason_of(world, phone) is None

    def test_in_the_transaction_of_the_change(
        self, world: World, ada: User, phone: TokenGrant, command: ChangePasswordCommand
    ) -> None:
        def allow_no_other_transaction() -> None:
            world.uow.is_available = False

        world.uow.before_session_replace.once(allow_no_other_transaction)
        world.change_password(command)

        assert world.store.users[ada.id] != ada
        assert reason_of(world, phone) is RevocationReason.PASSWORD_CHANGED
        assert len(world.events_of(SecurityEventKind.PASSWORD_CHANGED)) == 1

    def test_not_when_it_is_refused(self, world: World, command: ChangePasswordCommand) -> None:
        with pytest.raises(WrongPassword):
            world.change_password(replace(command, current_password="wrong"))

        assert world.events_of(SecurityEventKind.PASSWORD_CHANGED) == []


class TestIsRefused:
    def test_with_a_wrong_password_which_counts(
        self, world: World, ada: User, phone: TokenGrant, command: ChangePasswordCommand
    ) -> None:
        wrong = replace(command, current_password="wrong", client=STRANGER)

        for _ in range(5):
            with pytest.raises(WrongPassword):
                world.change_password(wrong)
        with pytest.raises(TooManyAttempts):
            world.change_password(replace(command, client=STRANGER))

        assert world.store.users[ada.id] == ada
        assert reason_of(world, phone) is None
        assert len(world.events_of(SecurityEventKind.LOGIN_FAILED)) == 5

    def test_when_another_change_was_quicker(
        self,
        world: World,
        ada: User,
        grant: TokenGrant,
        phone: TokenGrant,
        command: ChangePasswordCommand,
    ) -> None:
        world.hasher.while_hashing.once(lambda: world.changed_password(phone, "the quicker one"))

        with pytest.raises(WrongPassword):
            world.change_password(command)

        assert world.logged_in(ada, password="the quicker one").user.id == ada.id
        assert reason_of(world, phone) is None
        assert reason_of(world, grant) is RevocationReason.PASSWORD_CHANGED

    def test_when_the_account_is_gone(
        self, world: World, ada: User, command: ChangePasswordCommand
    ) -> None:
        world.remove(ada)

        with pytest.raises(UserGone):
            world.change_password(command)

    def test_when_the_account_goes_meanwhile(
        self, world: World, ada: User, command: ChangePasswordCommand
    ) -> None:
        world.hasher.while_hashing.once(lambda: world.remove(ada))

        with pytest.raises(UserGone):
            world.change_password(command)

        assert world.store.users == {}
        assert world.events_of(SecurityEventKind.PASSWORD_CHANGED) == []

    @pytest.mark.parametrize("is_forgotten", [False, True])
    def test_when_the_callers_own_session_ends_meanwhile(
        self, world: World, ada: User, command: ChangePasswordCommand, is_forgotten: bool
    ) -> None:
        def end() -> None:
            world.logout(command.session_id, PHONE)
            if is_forgotten:
                del world.store.sessions[command.session_id]

        world.hasher.while_hashing.once(end)

        with pytest.raises(InvalidAccessToken):
            world.change_password(command)

        assert world.store.users == {ada.id: ada}
        assert world.events_of(SecurityEventKind.PASSWORD_CHANGED) == []

    def test_to_a_session_that_is_on_its_way_out(
        self, world: World, grant: TokenGrant, command: ChangePasswordCommand
    ) -> None:
        successor = world.reauthenticate(world.proof(grant))

        with pytest.raises(InvalidAccessToken):
            world.change_password(command)

        assert world.authenticate(successor.access_token) == successor.access

    def test_for_a_disabled_user(
        self, world: World, ada: User, command: ChangePasswordCommand
    ) -> None:
        world.disable(ada)

        with pytest.raises(WrongPassword):
            world.change_password(command)
