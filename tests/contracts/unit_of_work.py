"""What every UnitOfWork promises, whatever it keeps its things in.

Bind a suite by a subclass whose module or class has the fixture ``uow``: a unit of work on an
empty store.
"""

from collections.abc import Callable
from functools import partial

import pytest

from application.ports.unit_of_work import Transaction, UnitOfWork
from domain.user import EmailTaken, User, UserGone, UserId
from tests.contracts.threads import all_at_once, elsewhere
from tests.samples import ADA, BOB, NOBODY, a_user, bob

REFUSED: list[tuple[Callable[[Transaction], object], type[Exception]]] = [
    (lambda tx: tx.users.add(bob(email=a_user().email)), EmailTaken),
    (lambda tx: tx.task_lists.take_number(NOBODY), UserGone),
]
"""A statement that changes rows, and one that is asked for rows as well."""


class MishapError(Exception):
    pass


def add(uow: UnitOfWork, user: User) -> None:
    with uow.begin() as tx:
        tx.users.add(user)
        tx.commit()


def add_and_fail(
    uow: UnitOfWork, *, commit: bool, error: type[BaseException] = MishapError
) -> None:
    with uow.begin() as tx:
        tx.users.add(a_user())
        if commit:
            tx.commit()
        raise error


def stored(uow: UnitOfWork, user_id: UserId) -> User | None:
    with uow.read() as tx:
        return tx.users.get(user_id)


class UnitOfWorkContract:
    def test_what_is_committed_is_there_for_everyone(self, uow: UnitOfWork) -> None:
        with uow.begin() as tx:
            tx.users.add(a_user())
            tx.commit()

        assert stored(uow, ADA) == a_user()
        assert elsewhere(lambda: stored(uow, ADA)) == a_user()

    def test_what_is_not_committed_is_forgotten(self, uow: UnitOfWork) -> None:
        with uow.begin() as tx:
            tx.users.add(a_user())

        assert stored(uow, ADA) is None

    def test_changes_are_forgotten_as_well_as_additions(self, uow: UnitOfWork) -> None:
        with uow.begin() as tx:
            tx.users.add(a_user())
            tx.commit()

        with uow.begin() as tx:
            tx.users.lock(ADA)
            tx.users.save(a_user(first_name="Augusta"))
            tx.task_lists.touch(ADA)

        with uow.read() as tx2:
            assert tx2.users.get(ADA) == a_user()
            assert tx2.task_lists.revision(ADA) == 0

    def test_an_exception_passes_and_nothing_is_kept(self, uow: UnitOfWork) -> None:
        with pytest.raises(MishapError):
            add_and_fail(uow, commit=False)

        assert stored(uow, ADA) is None

    @pytest.mark.parametrize("interruption", [KeyboardInterrupt, SystemExit])
    def test_an_interruption_passes_and_nothing_is_kept(
        self, uow: UnitOfWork, interruption: type[BaseException]
    ) -> None:
        with pytest.raises(interruption):
            add_and_fail(uow, commit=False, error=interruption)

        assert stored(uow, ADA) is None
        add(uow, bob())

    def test_an_exception_after_the_commit_takes_nothing_back(self, uow: UnitOfWork) -> None:
        with pytest.raises(MishapError):
            add_and_fail(uow, commit=True)

        assert stored(uow, ADA) == a_user()

    def test_a_transaction_sees_what_it_did_itself(self, uow: UnitOfWork) -> None:
        with uow.begin() as tx:
            tx.users.add(a_user())

            assert tx.users.get(ADA) == a_user()

    def test_nobody_else_sees_what_is_not_committed(self, uow: UnitOfWork) -> None:
        with uow.begin() as tx:
            tx.users.add(a_user())
            seen = elsewhere(lambda: stored(uow, ADA))
            tx.commit()

        assert seen is None

    def test_each_query_of_a_reader_sees_what_was_committed_before_it(
        self, uow: UnitOfWork
    ) -> None:
        with uow.read() as tx:
            before = tx.users.get(ADA)
            elsewhere(lambda: add(uow, a_user()))
            after = tx.users.get(ADA)

        assert (before, after) == (None, a_user())

    def test_one_transaction_follows_another(self, uow: UnitOfWork) -> None:
        add(uow, a_user())
        add(uow, bob())

        assert (stored(uow, ADA), stored(uow, BOB)) == (a_user(), bob())

    def test_nothing_may_be_done_after_the_commit(self, uow: UnitOfWork) -> None:
        with uow.begin() as tx:
            tx.commit()

            with pytest.raises(RuntimeError):
                tx.users.add(a_user())
            with pytest.raises(RuntimeError):
                tx.users.get(ADA)
            with pytest.raises(RuntimeError):
                tx.commit()

        assert stored(uow, ADA) is None

    def test_nothing_may_be_done_after_the_block(self, uow: UnitOfWork) -> None:
        with uow.begin() as tx:
            pass

        with pytest.raises(RuntimeError):
            tx.users.add(a_user())
        with pytest.raises(RuntimeError):
            tx.commit()

    @pytest.mark.parametrize(("attempt", "refusal"), REFUSED)
    def test_a_statement_that_fails_ends_its_transaction(
        self, uow: UnitOfWork, attempt: Callable[[Transaction], object], refusal: type[Exception]
    ) -> None:
        add(uow, a_user())

        with uow.begin() as tx:
            tx.task_lists.touch(ADA)
            with pytest.raises(refusal):
                attempt(tx)
            with pytest.raises(RuntimeError):
                tx.users.get(ADA)
            with pytest.raises(RuntimeError):
                tx.commit()

        add(uow, bob())
        with uow.read() as reader:
            assert reader.task_lists.revision(ADA) == 0

    def test_a_transaction_holds_no_other(self, uow: UnitOfWork) -> None:
        with uow.begin() as tx:
            tx.users.add(a_user())
            with pytest.raises(RuntimeError), uow.begin():
                pass
            tx.commit()

        assert stored(uow, ADA) == a_user()


class UnitOfWorkRaceContract:
    """What only a store that serves several threads at a time can be asked."""

    def test_transactions_of_many_threads_all_succeed(self, uow: UnitOfWork) -> None:
        users = [a_user(id=UserId(n), email=f"{n}@example.org") for n in range(1, 9)]

        all_at_once(partial(add, uow, user) for user in users)

        assert [stored(uow, user.id) for user in users] == users
