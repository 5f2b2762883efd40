"""What is promised of Directory."""

from application.ports.directory import Directory
from application.ports.unit_of_work import UnitOfWork
from domain.session import RevocationReason, SessionId, SessionLifetime
from domain.user import UserId
from tests.contracts.sessions import keep
from tests.samples import A_SECOND, ADA, BOB, NOW, a_second_factor, a_session, a_user, bob

FIRST = (UserId(0), SessionId(b""))


class DirectoryContract:
    def test_users_come_by_id_a_page_at_a_time(self, uow: UnitOfWork, directory: Directory) -> None:
        keep(uow)

        pages = [directory.users(after, 1) for after in (UserId(0), BOB, ADA)]

        assert [list(page) for page in pages] == [[(bob(), None)], [(a_user(), None)], []]

    def test_users_come_with_when_they_set_up_a_second_factor(
        self, uow: UnitOfWork, directory: Directory
    ) -> None:
        keep(uow)
        with uow.begin() as tx:
            tx.users.lock(BOB)
            tx.users.lock(ADA)
            tx.second_factors.put(a_second_factor(confirmed_at=NOW))
            tx.second_factors.put(a_second_factor(user_id=BOB, confirmed_at=None))
            tx.commit()

        listed = directory.users(UserId(0), 10)

        assert list(listed) == [(bob(), None), (a_user(), NOW)]

    def test_sessions_come_with_whose_they_are_by_user_and_id(
        self, uow: UnitOfWork, directory: Directory
    ) -> None:
        last = a_session(id=SessionId(bytes([9] * 16)))
        bobs = a_session(id=SessionId(bytes([10] * 16)), user_id=BOB)
        keep(uow, last, a_session(), bobs)

        listed = list(directory.live_sessions(NOW, FIRST, 10))

        ada, bob_ = a_user().email, bob().email
        assert listed == [(bob_, bobs), (ada, a_session()), (ada, last)]

    def test_a_page_of_sessions_goes_on_after_the_one_before(
        self, uow: UnitOfWork, directory: Directory
    ) -> None:
        last = a_session(id=SessionId(bytes([9] * 16)))
        bobs = a_session(user_id=BOB, id=SessionId(bytes([8] * 16)))
        keep(uow, a_session(), last, bobs)

        first = directory.live_sessions(NOW, FIRST, 2)
        second = directory.live_sessions(NOW, (ADA, a_session().id), 2)

        assert [session for _, session in first] == [bobs, a_session()]
        assert [session for _, session in second] == [last]

    def test_sessions_that_have_ended_are_left_out(
        self, uow: UnitOfWork, directory: Directory
    ) -> None:
        later = NOW + 9 * A_SECOND
        idle = a_session(id=SessionId(bytes([1] * 16)), lifetime=SessionLifetime(NOW, later))
        old = a_session(id=SessionId(bytes([2] * 16)), lifetime=SessionLifetime(later, NOW))
        revoked = a_session(id=SessionId(bytes([3] * 16))).revoke(NOW, RevocationReason.LOGOUT)
        keep(uow, idle, old, revoked, a_session())

        listed = directory.live_sessions(NOW, FIRST, 10)

        assert [session for _, session in listed] == [a_session()]
