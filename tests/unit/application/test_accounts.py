from dataclasses import replace
from datetime import timedelta

import pytest

from application.accounts.change_profile import ChangeProfileCommand
from application.accounts.signup import SignupCommand
from application.ports.password_hasher import HasherBusy
from application.sessions.grant_tokens import TokenGrant
from domain.password import PasswordMismatch, WeakPassword
from domain.session import InvalidAccessToken
from domain.throttle import Limit, ThrottlePolicy, TooManySignups
from domain.user import EmailTaken, InvalidSignup, SignupClosed, User, UserGone, UserId
from tests.unit.world import COMMON_PASSWORD, LAPTOP, PASSWORD, PHONE, World

MINUTE = timedelta(minutes=1)

ADA = SignupCommand(" Ada@Example.org ", PASSWORD, PASSWORD, " Ada ", " Lovelace ", LAPTOP)


class TestSignup:
    def test_opens_an_account_with_what_was_given_cleaned_up(self, world: World) -> None:
        user = world.signup(ADA)

        assert (user.email, user.first_name, user.last_name) == (
            "ada@example.org",
            "Ada",
            "Lovelace",
        )
        assert user.created_at == world.clock.now()
        assert user.is_enabled
        assert world.store.users == {user.id: user}

    def test_keeps_a_hash_of_the_password(self, world: World) -> None:
        user = world.signup(ADA)

        assert user.password_hash != PASSWORD
        assert world.hasher.verify(PASSWORD, user.password_hash)

    def test_gives_every_account_an_id_of_its_own(self, world: World) -> None:
        ada = world.signup(ADA)

        bob = world.signup(replace(ADA, email="bob@example.org"))

        assert ada.id != bob.id
        assert world.store.users == {ada.id: ada, bob.id: bob}

    @pytest.mark.parametrize("email", ["ada@example.org", "ADA@EXAMPLE.ORG", " ada@example.org\n"])
    def test_refuses_an_address_that_is_taken_however_it_is_spelt(
        self, world: World, email: str
    ) -> None:
        ada = world.signup(ADA)

        with pytest.raises(EmailTaken):
            world.signup(replace(ADA, email=email))

        assert world.store.users == {ada.id: ada}

    def test_refuses_an_address_that_was_taken_while_hashing(self, world: World) -> None:
        world.hasher.while_hashing.once(lambda: world.signup(replace(ADA, first_name="Quick")))

        with pytest.raises(EmailTaken):
            world.signup(ADA)

        assert [user.first_name for user in world.store.users.values()] == ["Quick"]

    @pytest.mark.parametrize(
        "command",
        [
            replace(ADA, email="no address"),
            replace(ADA, first_name=" "),
            replace(ADA, last_name=" "),
        ],
    )
    def test_refuses_an_invalid_address_or_name(self, world: World, command: SignupCommand) -> None:
        with pytest.raises(InvalidSignup):
            world.signup(command)

        assert world.store.users == {}

    @pytest.mark.parametrize(
        ("command", "missing"),
        [
            (replace(ADA, first_name=""), "first name"),
            (replace(ADA, last_name=""), "last name"),
        ],
    )
    def test_says_which_name_is_missing(
        self, world: World, command: SignupCommand, missing: str
    ) -> None:
        with pytest.raises(InvalidSignup, match=missing):
            world.signup(command)

    def test_refuses_a_confirmation_that_differs(self, world: World) -> None:
        with pytest.raises(PasswordMismatch):
            world.signup(replace(ADA, confirm_password=PASSWORD + "x"))

        assert world.store.users == {}

    @pytest.mark.parametrize(
        "password", ["short", COMMON_PASSWORD, "ada@example.org", "AdaLovelace", "Ada Lovelace"]
    )
    def test_refuses_a_password_that_a_stranger_could_guess(
        self, world: World, password: str
    ) -> None:
        with pytest.raises(WeakPassword):
            world.signup(replace(ADA, password=password, confirm_password=password))

        assert world.store.users == {}

    def test_stores_nothing_when_too_many_are_signing_in(self, world: World) -> None:
        world.hasher.is_busy = True

        with pytest.raises(HasherBusy) as refused:
            world.signup(ADA)

        assert refused.value.retry_after == timedelta(seconds=1)
        assert world.store.users == {}


class TestClosedSignup:
    @pytest.fixture
    def world(self) -> World:
        return World(signup_is_open=False)

    def test_is_refused_before_anything_is_hashed_or_counted(self, world: World) -> None:
        with pytest.raises(SignupClosed):
            world.signup(ADA)

        assert world.store.users == {}
        assert not world.store.throttles
        assert world.hasher.hashed == 0

    def test_tells_nobody_who_has_an_account(self, world: World) -> None:
        world.signup(replace(ADA, client=None))

        with pytest.raises(SignupClosed):
            world.signup(ADA)

    def test_keeps_the_operator_from_nothing(self, world: World) -> None:
        user = world.signup(replace(ADA, client=None))

        assert world.store.users == {user.id: user}


class TestTooManySignups:
    @pytest.fixture
    def world(self) -> World:
        return World(throttle_policy=replace(ThrottlePolicy(), signup=Limit(2, MINUTE)))

    @pytest.fixture
    def two(self, world: World) -> list[User]:
        """Who have signed up from one address, as often as is free."""
        return [world.user(f"{number}@example.org") for number in range(2)]

    def test_from_one_network_are_slowed_down(self, world: World, two: list[User]) -> None:
        hashed = world.hasher.hashed

        with pytest.raises(TooManySignups) as refused:
            world.signup(ADA)

        assert refused.value.retry_after == MINUTE
        assert list(world.store.users.values()) == two
        assert world.hasher.hashed == hashed

    def test_may_go_on_after_the_wait(self, world: World, two: list[User]) -> None:
        world.clock.advance(MINUTE)

        assert world.signup(ADA).email == "ada@example.org"

    def test_do_not_count_against_another_network(self, world: World, two: list[User]) -> None:
        assert world.signup(replace(ADA, client=PHONE)).email == "ada@example.org"

    def test_are_none_that_the_operator_makes(self, world: World) -> None:
        emails = [f"{number}@example.org" for number in range(3)]

        for email in emails:
            world.signup(replace(ADA, email=email, client=None))

        assert [user.email for user in world.store.users.values()] == emails
        assert not world.store.throttles

    def test_count_for_a_whole_household(self, world: World) -> None:
        for number in range(2):
            client = replace(LAPTOP, ip_address=f"2001:db8::{number}")
            world.signup(replace(ADA, email=f"{number}@example.org", client=client))

        with pytest.raises(TooManySignups):
            world.signup(replace(ADA, client=replace(LAPTOP, ip_address="2001:db8::ffff")))

    def test_are_told_of_addresses_that_are_taken_too(self, world: World) -> None:
        world.signup(ADA)
        with pytest.raises(EmailTaken):
            world.signup(ADA)

        with pytest.raises(TooManySignups):
            world.signup(ADA)

    def test_are_not_those_that_are_invalid_or_weak(self, world: World, two: list[User]) -> None:
        for _ in range(3):
            with pytest.raises(InvalidSignup):
                world.signup(replace(ADA, email="no address"))
            with pytest.raises(PasswordMismatch):
                world.signup(replace(ADA, confirm_password="another"))
            with pytest.raises(WeakPassword):
                world.signup(replace(ADA, password="short", confirm_password="short"))

        world.clock.advance(MINUTE)
        assert world.signup(ADA).email == "ada@example.org"

    def test_keep_nobody_from_logging_in(self, world: World, two: list[User]) -> None:
        with pytest.raises(TooManySignups):
            world.signup(ADA)

        assert world.logged_in(two[0]).user == two[0]


class TestProfile:
    def test_is_the_user_behind_the_session(self, world: World, ada: User, bob: User) -> None:
        profile = world.profile(bob.id)

        assert profile == bob

    def test_is_refused_when_the_account_is_gone(self, world: World, ada: User) -> None:
        world.remove(ada)

        with pytest.raises(UserGone):
            world.profile(ada.id)

    def test_is_refused_for_nobody(self, world: World) -> None:
        with pytest.raises(UserGone):
            world.profile(UserId(404))


class TestChangingTheProfile:
    def test_keeps_what_is_not_given_and_everybody_else(
        self, world: World, ada: User, bob: User, grant: TokenGrant
    ) -> None:
        changed = world.change_profile(ChangeProfileCommand(grant.access, last_name="King"))

        assert changed == world.store.users[ada.id] == replace(ada, last_name="King")
        assert world.store.users[bob.id] == bob

    def test_ends_no_session(self, world: World, grant: TokenGrant) -> None:
        world.change_profile(ChangeProfileCommand(grant.access, "Augusta", "King"))

        assert world.authenticate(grant.access_token) == grant.access
        assert world.refreshed(grant.refresh_token).user.first_name == "Augusta"

    def test_to_what_is_no_name_is_refused(
        self, world: World, ada: User, grant: TokenGrant
    ) -> None:
        with pytest.raises(InvalidSignup):
            world.change_profile(ChangeProfileCommand(grant.access, "Augusta", ""))

        assert world.store.users[ada.id] == ada

    def test_is_refused_when_the_account_is_gone(
        self, world: World, ada: User, grant: TokenGrant
    ) -> None:
        world.remove(ada)

        with pytest.raises(UserGone):
            world.change_profile(ChangeProfileCommand(grant.access, "Augusta"))

    def test_is_refused_when_the_session_has_ended_since_it_was_asked_for(
        self, world: World, ada: User, grant: TokenGrant
    ) -> None:
        world.logout(grant.access.session_id, LAPTOP)

        with pytest.raises(InvalidAccessToken):
            world.change_profile(ChangeProfileCommand(grant.access, "Augusta"))

        assert world.store.users[ada.id] == ada

    def test_is_refused_when_the_token_has_expired_since_it_was_asked_for(
        self, world: World, ada: User, grant: TokenGrant
    ) -> None:
        world.clock.advance(grant.access.lifetime)

        with pytest.raises(InvalidAccessToken):
            world.change_profile(ChangeProfileCommand(grant.access, "Augusta"))

        assert world.store.users[ada.id] == ada
