"""What every Users promises. Bind it as tests.contracts.unit_of_work says."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial

import pytest

from application.ports.unit_of_work import UnitOfWork
from application.ports.users import Users
from domain.session import SessionId
from domain.user import EmailAddress, EmailTaken, User, UserId
from tests.contracts.threads import all_at_once
from tests.contracts.unit_of_work import stored
from tests.samples import ADA, BOB, NOBODY, a_disabled_user, a_session, a_task, a_user, bob


def remove(uow: UnitOfWork, user_id: UserId) -> None:
    with uow.begin() as tx:
        tx.users.lock(user_id)
        tx.task_lists.touch(user_id)
        tx.users.remove(user_id)
        tx.commit()


class UsersContract:
    @pytest.fixture(autouse=True)
    def _ada(self, uow: UnitOfWork) -> None:
        with uow.begin() as tx:
            tx.users.add(a_user())
            tx.commit()

    def test_a_user_is_found_by_id(self, uow: UnitOfWork) -> None:
        assert stored(uow, ADA) == a_user()

    def test_a_user_is_found_by_address(self, uow: UnitOfWork) -> None:
        with uow.read() as tx:
            assert tx.users.by_email(a_user().email) == a_user()

    def test_a_user_that_is_not_there_is_none(self, uow: UnitOfWork) -> None:
        with uow.begin() as tx:
            assert tx.users.get(NOBODY) is None
            assert tx.users.lock(NOBODY) is None
            assert tx.users.by_email(EmailAddress("nobody@example.org")) is None
            assert tx.users.lock_by_email(EmailAddress("nobody@example.org")) is None

    def test_users_do_not_mix(self, uow: UnitOfWork) -> None:
        with uow.begin() as tx:
            tx.users.add(bob())
            tx.commit()

        with uow.read() as tx2:
            assert tx2.users.get(ADA) == a_user()
            assert tx2.users.get(BOB) == bob()
            assert tx2.users.by_email(bob().email) == bob()

    def test_an_address_serves_one_user(self, uow: UnitOfWork) -> None:
        with pytest.raises(EmailTaken), uow.begin() as tx:
            tx.users.add(bob(email=a_user().email))

        assert stored(uow, BOB) is None
        assert stored(uow, ADA) == a_user()

    def test_an_address_that_was_not_committed_is_free(self, uow: UnitOfWork) -> None:
        with uow.begin() as tx:
            tx.users.add(bob(email=EmailAddress("free@example.org")))

        with uow.begin() as tx:
            tx.users.add(bob(email=EmailAddress("free@example.org")))
            tx.commit()

    def test_locking_gives_the_user(self, uow: UnitOfWork) -> None:
        with uow.begin() as tx:
            assert tx.users.lock(ADA) == a_user()

    def test_a_user_who_was_locked_by_address_can_be_saved(self, uow: UnitOfWork) -> None:
        changed = a_user(first_name="Augusta")

        with uow.begin() as tx:
            assert tx.users.lock_by_email(a_user().email) == a_user()
            tx.users.save(changed)
            tx.commit()

        assert stored(uow, ADA) == changed

    def test_saving_replaces_all_there_is(self, uow: UnitOfWork) -> None:
        changed = a_disabled_user(
            email=EmailAddress("countess@example.org"),
            first_name="Augusta",
            last_name="King",
            password_hash="another",
        )

        with uow.begin() as tx:
            tx.users.add(bob())
            tx.users.lock(ADA)
            tx.users.save(changed)
            tx.commit()

        assert stored(uow, ADA) == changed
        assert stored(uow, BOB) == bob()

    def test_a_user_can_be_enabled_again(self, uow: UnitOfWork) -> None:
        for user in (a_disabled_user(), a_user()):
            with uow.begin() as tx:
                tx.users.lock(ADA)
                tx.users.save(user)
                tx.commit()

        assert stored(uow, ADA) == a_user()

    def test_a_removed_user_takes_sessions_and_tasks_along_and_nobody_elses(
        self, uow: UnitOfWork
    ) -> None:
        bobs = a_session(id=SessionId(bytes(16)), user_id=BOB)
        with uow.begin() as tx:
            tx.users.add(bob())
            for user_id in (ADA, BOB):
                tx.task_lists.take_number(user_id)
                tx.tasks.add(a_task(user_id=user_id))
            tx.sessions.add(a_session())
            tx.sessions.add(bobs)
            tx.commit()

        remove(uow, ADA)

        with uow.read() as reader:
            assert reader.users.get(ADA) is None
            assert reader.users.by_email(a_user().email) is None
            assert reader.sessions.get(a_session().id) is None
            assert list(reader.tasks.of_user(ADA)) == []
            assert reader.task_lists.revision(ADA) == 0
            assert reader.users.get(BOB) == bob()
            assert reader.sessions.get(bobs.id) == bobs
            assert list(reader.tasks.of_user(BOB)) == [a_task(user_id=BOB)]

    def test_a_removed_users_address_is_free(self, uow: UnitOfWork) -> None:
        remove(uow, ADA)

        with uow.begin() as tx:
            tx.users.add(bob(email=a_user().email))
            tx.commit()

        assert stored(uow, BOB) == bob(email=a_user().email)

    def test_a_removed_user_begins_anew_when_there_is_one_with_the_id_again(
        self, uow: UnitOfWork
    ) -> None:
        with uow.begin() as tx:
            tx.task_lists.take_number(ADA)
            tx.commit()
        remove(uow, ADA)

        with uow.begin() as tx:
            tx.users.add(a_user())
            assert tx.task_lists.take_number(ADA) == 1

    def test_a_removal_that_is_not_committed_is_forgotten(self, uow: UnitOfWork) -> None:
        with uow.begin() as tx:
            tx.sessions.add(a_session())
            tx.commit()

        with uow.begin() as tx:
            tx.users.lock(ADA)
            tx.task_lists.touch(ADA)
            tx.users.remove(ADA)

        with uow.read() as reader:
            assert reader.users.get(ADA) == a_user()
            assert reader.sessions.get(a_session().id) == a_session()


class UsersRaceContract:
    """What only a store that serves several threads at a time can be asked."""

    def test_whoever_locks_a_user_waits_for_the_one_before(self, uow: UnitOfWork) -> None:
        with uow.begin() as tx:
            tx.users.add(a_user(first_name="0"))
            tx.commit()

        def count(lock: Callable[[Users], User | None]) -> None:
            for _ in range(5):
                with uow.begin() as tx:
                    user = lock(tx.users)
                    assert user
                    tx.users.save(a_user(first_name=str(int(user.first_name) + 1)))
                    tx.commit()

        by_id = partial(count, lambda users: users.lock(ADA))
        by_address = partial(count, lambda users: users.lock_by_email(a_user().email))
        all_at_once([by_id, by_address] * 3)

        assert stored(uow, ADA) == a_user(first_name="30")

    def test_whoever_removes_a_user_waits_for_a_task_that_is_being_written(
        self, uow: UnitOfWork
    ) -> None:
        with uow.begin() as tx:
            tx.users.add(a_user())
            tx.task_lists.touch(ADA)
            tx.commit()

        with ThreadPoolExecutor(1) as pool:
            with uow.begin() as tx:
                number = tx.task_lists.take_number(ADA)
                removal = pool.submit(remove, uow, ADA)
                assert not wait([removal], timeout=0.3).done
                tx.tasks.add(a_task(number=number))
                tx.commit()
            removal.result()

        assert stored(uow, ADA) is None

    def test_of_several_who_want_an_address_one_gets_it(self, uow: UnitOfWork) -> None:
        def sign_up(user_id: int) -> bool:
            try:
                with uow.begin() as tx:
                    tx.users.add(a_user(id=user_id))
                    tx.commit()
            except EmailTaken:
                return False
            return True

        won = all_at_once(partial(sign_up, user_id) for user_id in range(1, 7))

        assert sorted(won) == [False] * 5 + [True]
