"""What every Sessions promises. Bind it as tests.contracts.unit_of_work says."""

from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace

import pytest

from application.ports.unit_of_work import UnitOfWork
from domain.session import (
    Client,
    RevocationReason,
    Session,
    SessionId,
    SessionLifetime,
    SessionPolicy,
)
from domain.user import UserGone
from tests.contracts.threads import all_at_once
from tests.samples import (
    A_SECOND,
    ADA,
    BOB,
    NOBODY,
    NOW,
    a_revoked_session,
    a_session,
    a_user,
    bob,
)


def keep(uow: UnitOfWork, *sessions: Session) -> None:
    with uow.begin() as tx:
        tx.users.add(a_user())
        tx.users.add(bob())
        for session in sessions:
            tx.sessions.add(session)
        tx.commit()


def stored(uow: UnitOfWork, session_id: SessionId) -> Session | None:
    with uow.read() as tx:
        return tx.sessions.get(session_id)


def swap(uow: UnitOfWork, before: Session, after: Session) -> bool:
    with uow.begin() as tx:
        replaced = tx.sessions.replace(before, after)
        tx.commit()
    return replaced


def logout(session: Session) -> Session:
    return session.revoke(NOW + 9 * A_SECOND, RevocationReason.LOGOUT)


def retired(session: Session) -> Session:
    return session.retire(NOW, SessionPolicy(grace=A_SECOND))


class SessionsContract:
    @pytest.mark.parametrize("session", [a_session(), a_revoked_session()])
    def test_a_session_is_found_whole_by_its_id(self, uow: UnitOfWork, session: Session) -> None:
        keep(uow, session)

        assert stored(uow, session.id) == session

    @pytest.mark.parametrize("session", [a_session(), a_revoked_session()])
    def test_its_lifetime_is_found_by_user_and_id(self, uow: UnitOfWork, session: Session) -> None:
        keep(uow, session)

        with uow.read() as tx:
            assert tx.sessions.lifetime_of(ADA, session.id) == session.lifetime

    def test_its_lifetime_can_be_held(self, uow: UnitOfWork) -> None:
        keep(uow, a_session())

        with uow.begin() as tx:
            assert tx.sessions.hold(ADA, a_session().id) == a_session().lifetime
            assert tx.sessions.hold(BOB, a_session().id) is None

    @pytest.mark.parametrize("other", [bytes(16), bytes([255] * 16)])
    def test_a_session_that_is_not_there_is_none(self, uow: UnitOfWork, other: bytes) -> None:
        keep(uow, a_session())

        with uow.begin() as tx:
            assert tx.sessions.hold(ADA, SessionId(other)) is None
        with uow.read() as tx:
            assert tx.sessions.get(SessionId(other)) is None
            assert tx.sessions.lifetime_of(ADA, SessionId(other)) is None

    def test_another_user_does_not_have_the_session(self, uow: UnitOfWork) -> None:
        keep(uow, a_session())

        with uow.read() as tx:
            assert tx.sessions.lifetime_of(BOB, a_session().id) is None

    def test_a_users_sessions_come_newest_first_ended_ones_too(self, uow: UnitOfWork) -> None:
        ids = [SessionId(bytes([number] * 16)) for number in range(6)]
        ended = a_revoked_session(id=ids[0], created_at=NOW + A_SECOND)
        newest = a_session(id=ids[1], created_at=NOW + 2 * A_SECOND)
        tied = [a_session(id=ids[2]), a_session(id=ids[3])]
        oldest = a_session(id=ids[4], created_at=NOW - A_SECOND)
        keep(uow, tied[1], ended, oldest, tied[0], newest, a_session(id=ids[5], user_id=BOB))

        with uow.read() as tx:
            found = list(tx.sessions.of_user(ADA))

        assert found == [newest, ended, *tied, oldest]

    def test_of_a_users_sessions_those_that_live_can_be_had_alone(self, uow: UnitOfWork) -> None:
        later = NOW + A_SECOND
        lifetimes = [
            SessionLifetime(later, later),
            SessionLifetime(later, later),
            SessionLifetime(NOW, later),
            SessionLifetime(later, NOW),
            SessionLifetime(later, later, revoked_at=later),
        ]
        sessions = [
            a_session(
                id=SessionId(bytes([number] * 16)),
                created_at=NOW + number * A_SECOND,
                lifetime=lifetime,
            )
            for number, lifetime in enumerate(lifetimes)
        ]
        keep(uow, *sessions, a_session(id=SessionId(bytes([9] * 16)), user_id=BOB))

        with uow.read() as tx:
            assert list(tx.sessions.live_of_user(ADA, NOW)) == [sessions[1], sessions[0]]

    def test_a_user_begins_without_sessions(self, uow: UnitOfWork) -> None:
        keep(uow)

        with uow.read() as tx:
            assert list(tx.sessions.of_user(ADA)) == []

    def test_networks_are_those_of_the_users_own_sessions_each_once(self, uow: UnitOfWork) -> None:
        addresses = ["192.0.2.1", "192.0.2.1", "::ffff:192.0.2.1", "2001:db8::1", "2001:db8::2", ""]
        sessions = [
            a_session(id=SessionId(bytes([number] * 16)), client=Client("", "", address))
            for number, address in enumerate(addresses)
        ]
        keep(uow, *sessions, a_revoked_session(user_id=BOB, client=Client("", "", "192.0.2.2")))

        with uow.read() as tx:
            of_ada, of_bob = (tx.sessions.networks_of(each) for each in (ADA, BOB))

        assert sorted(of_ada) == ["", "192.0.2.1", "2001:db8::/64"]
        assert list(of_bob) == ["192.0.2.2"]

    @pytest.mark.parametrize(
        ("address", "neighbour"),
        [
            ("192.0.2.1", "::ffff:192.0.2.1"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("2001:db8::1", "2001:DB8:0:0:ffff::2"),
            ("", ""),
        ],
    )
    def test_a_session_began_near_its_address(
        self, uow: UnitOfWork, address: str, neighbour: str
    ) -> None:
        keep(uow, a_session(client=Client("", "", address)))

        with uow.read() as tx:
            assert tx.sessions.began_near(ADA, address, NOW)
            assert tx.sessions.began_near(ADA, neighbour, NOW)
            assert not tx.sessions.began_near(ADA, "192.0.2.2", NOW)
            assert not tx.sessions.began_near(ADA, "2001:db8:0:1::1", NOW)
            assert not tx.sessions.began_near(BOB, address, NOW)

    @pytest.mark.parametrize(
        ("lifetime", "had_ended"),
        [
            (SessionLifetime(NOW + A_SECOND, NOW + 2 * A_SECOND), False),
            (SessionLifetime(NOW + 2 * A_SECOND, NOW + A_SECOND), False),
            (SessionLifetime(NOW, NOW + A_SECOND), True),
            (SessionLifetime(NOW + A_SECOND, NOW), True),
            (SessionLifetime(NOW + 2 * A_SECOND, NOW + 2 * A_SECOND, NOW + A_SECOND), False),
            (SessionLifetime(NOW + A_SECOND, NOW + A_SECOND, NOW), True),
            (SessionLifetime(NOW, NOW + 2 * A_SECOND, NOW + A_SECOND), True),
            (SessionLifetime(NOW + 2 * A_SECOND, NOW, NOW + A_SECOND), True),
        ],
    )
    def test_what_counts_are_sessions_that_had_not_ended_by_then(
        self, uow: UnitOfWork, lifetime: SessionLifetime, had_ended: bool
    ) -> None:
        before = NOW - A_SECOND
        long_ended = SessionLifetime(before, before, before)
        keep(
            uow,
            a_session(lifetime=lifetime),
            a_session(id=SessionId(bytes(16)), lifetime=long_ended),
        )
        address = a_session().client.ip_address

        with uow.read() as tx:
            assert tx.sessions.began_near(ADA, address, NOW) is not had_ended
            assert tx.sessions.began_near(ADA, address, before)

    def test_sessions_that_have_ended_before_can_be_removed_and_are_counted(
        self, uow: UnitOfWork
    ) -> None:
        before, then, later = NOW - A_SECOND, NOW, NOW + A_SECOND
        gone = [(before, later, None), (later, before, None), (later, later, before)]
        kept = [(then, later, None), (later, then, None), (later, later, then)]
        sessions = [
            a_session(id=SessionId(bytes([number] * 16)), lifetime=SessionLifetime(*lifetime))
            for number, lifetime in enumerate([*gone, *kept, (later, later, None)])
        ]
        keep(uow, *sessions, a_session(user_id=BOB, lifetime=SessionLifetime(before, later)))

        with uow.begin() as tx:
            removed = tx.sessions.remove_ended(NOW)
            again = tx.sessions.remove_ended(NOW)
            tx.commit()

        assert (removed, again) == (len(gone) + 1, 0)
        with uow.read() as reader:
            assert list(reader.sessions.of_user(ADA)) == sessions[len(gone) :]
            assert list(reader.sessions.of_user(BOB)) == []

    def test_a_session_needs_its_user(self, uow: UnitOfWork) -> None:
        with uow.begin() as tx, pytest.raises(UserGone):
            tx.sessions.add(a_session(user_id=NOBODY))

        assert stored(uow, a_session().id) is None

    @pytest.mark.parametrize(
        "lifetime",
        [
            SessionLifetime(NOW + 6 * A_SECOND, NOW + 7 * A_SECOND, NOW + 8 * A_SECOND),
            replace(a_session().lifetime, idle_expires_at=NOW + 6 * A_SECOND),
            replace(a_session().lifetime, expires_at=NOW + 6 * A_SECOND),
            replace(a_session().lifetime, revoked_at=NOW + 6 * A_SECOND),
        ],
        ids=["all", "when it was idle for too long", "its expiry", "that it is revoked"],
    )
    def test_replacing_stores_all_that_may_change(
        self, uow: UnitOfWork, lifetime: SessionLifetime
    ) -> None:
        after = replace(
            a_session(),
            generation=4,
            authenticated_at=NOW + 4 * A_SECOND,
            rotated_at=NOW + 5 * A_SECOND,
            lifetime=lifetime,
            client=Client("another", "agent", a_session().client.ip_address),
            grace_hits=0,
            revocation_reason=RevocationReason.LOGOUT,
        )
        keep(uow, a_session())

        assert swap(uow, a_session(), after)

        assert stored(uow, after.id) == after

    def test_replacing_touches_no_other_session(self, uow: UnitOfWork) -> None:
        other = a_session(id=SessionId(bytes(16)))
        bobs = a_session(id=SessionId(bytes([9] * 16)), user_id=BOB)
        keep(uow, a_session(), other, bobs)

        assert swap(uow, a_session(), logout(a_session()))

        assert stored(uow, other.id) == other
        assert stored(uow, bobs.id) == bobs

    @pytest.mark.parametrize(
        "meanwhile",
        [
            a_session(generation=4),
            a_session(grace_hits=3),
            a_session(lifetime=SessionLifetime(NOW + A_SECOND, NOW + A_SECOND)),
            logout(a_session()),
        ],
        ids=["another generation", "another grace hit", "an earlier expiry", "a logout"],
    )
    @pytest.mark.parametrize(
        "after",
        [a_session(generation=9), logout(a_session(generation=9)), retired(a_session())],
        ids=["a refresh", "another logout", "a retirement"],
    )
    def test_nothing_is_replaced_when_it_has_changed_meanwhile(
        self, uow: UnitOfWork, meanwhile: Session, after: Session
    ) -> None:
        keep(uow, a_session())
        assert swap(uow, a_session(), meanwhile)

        assert not swap(uow, a_session(), after)

        assert stored(uow, meanwhile.id) == meanwhile

    def test_a_revoked_session_is_replaced_only_as_such(self, uow: UnitOfWork) -> None:
        keep(uow, a_revoked_session())

        assert not swap(uow, a_session(), a_session(generation=4))
        assert swap(uow, a_revoked_session(), a_revoked_session(generation=4))

        assert stored(uow, a_session().id) == a_revoked_session(generation=4)

    def test_a_session_that_stayed_as_it_is_counts_as_replaced(self, uow: UnitOfWork) -> None:
        keep(uow, a_session())

        assert swap(uow, a_session(), a_session())

    def test_a_session_that_is_not_there_is_not_replaced(self, uow: UnitOfWork) -> None:
        keep(uow)

        assert not swap(uow, a_session(), a_session(generation=4))

        assert stored(uow, a_session().id) is None

    def test_another_users_session_is_not_replaced(self, uow: UnitOfWork) -> None:
        keep(uow, a_session())

        assert not swap(uow, a_session(user_id=BOB), a_session(user_id=BOB, generation=4))

        assert stored(uow, a_session().id) == a_session()

    def test_a_replacement_that_is_not_committed_is_forgotten(self, uow: UnitOfWork) -> None:
        keep(uow, a_session())

        with uow.begin() as tx:
            assert tx.sessions.replace(a_session(), logout(a_session()))

        assert stored(uow, a_session().id) == a_session()


class SessionsRaceContract:
    """What only a store that serves several threads at a time can be asked."""

    @pytest.mark.parametrize("after", [a_session(generation=4), logout(a_session())])
    def test_of_several_that_replace_the_same_state_one_succeeds(
        self, uow: UnitOfWork, after: Session
    ) -> None:
        keep(uow, a_session())

        won = all_at_once([lambda: swap(uow, a_session(), after)] * 6)

        assert sorted(won) == [False] * 5 + [True]

    def test_who_would_end_a_session_waits_for_who_holds_it(self, uow: UnitOfWork) -> None:
        keep(uow, a_session())

        with ThreadPoolExecutor(1) as pool:
            with uow.begin() as tx:
                tx.sessions.hold(ADA, a_session().id)
                end = pool.submit(swap, uow, a_session(), logout(a_session()))
                assert not wait([end], timeout=0.3).done
                tx.task_lists.touch(ADA)
                tx.commit()
            assert end.result()

        assert stored(uow, a_session().id) == logout(a_session())

    def test_a_logout_that_is_decided_anew_ends_a_session_that_rotates(
        self, uow: UnitOfWork
    ) -> None:
        keep(uow, a_session())

        def refresh() -> None:
            for generation in range(3, 9):
                before = a_session(generation=generation)
                swap(uow, before, replace(before, generation=generation + 1))

        def end() -> None:
            while session := stored(uow, a_session().id):
                if swap(uow, session, logout(session)):
                    return

        all_at_once([refresh, end])

        session = stored(uow, a_session().id)
        assert session
        assert session.revocation_reason is RevocationReason.LOGOUT
