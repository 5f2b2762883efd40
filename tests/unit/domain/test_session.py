"""What presenting a refresh token does: the decision table, row by row, and its edges."""

from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256

import pytest

from domain.session import (
    AccessToken,
    Client,
    InvalidGrant,
    ReauthenticationRequired,
    RefreshToken,
    Retried,
    ReuseDetected,
    RevocationReason,
    Rotated,
    Session,
    SessionId,
    SessionLifetime,
    SessionPolicy,
    TooManyRetries,
    surplus,
)
from domain.user import UserId
from tests.samples import NOW
from tests.unit.world import LAPTOP

POLICY = SessionPolicy()
STRICT = SessionPolicy(grace=timedelta(0))
ID = SessionId(b"0123456789abcdef")
SECRET = b"sixteen secret b"
ADA = UserId(1)
MOMENT = timedelta(microseconds=1)


def started(policy: SessionPolicy = POLICY, now: datetime = NOW) -> tuple[Session, RefreshToken]:
    return Session.start(ID, ADA, SECRET, LAPTOP, now, policy)


def rotated(
    session: Session, token: RefreshToken, now: datetime = NOW, policy: SessionPolicy = POLICY
) -> tuple[Session, RefreshToken]:
    decision = session.present(token, now, policy)
    assert isinstance(decision, Rotated)
    return decision.session, decision.successor


def retried(
    session: Session, token: RefreshToken, now: datetime = NOW, policy: SessionPolicy = POLICY
) -> tuple[Session, RefreshToken]:
    decision = session.present(token, now, policy)
    assert isinstance(decision, Retried)
    return decision.session, decision.successor


def is_reuse(
    session: Session, token: RefreshToken, now: datetime = NOW, policy: SessionPolicy = POLICY
) -> bool:
    return isinstance(session.present(token, now, policy), ReuseDetected)


def test_the_policy_is_what_is_documented_unless_it_is_set() -> None:
    policy = SessionPolicy()

    assert policy == SessionPolicy(
        access_token=timedelta(minutes=15),
        idle=timedelta(days=14),
        maximum=timedelta(days=90),
        grace=timedelta(seconds=10),
        grace_hits=10,
        reauthentication=timedelta(minutes=15),
    )


class TestStart:
    def test_a_session_begins_live_at_generation_zero(self) -> None:
        session, token = started()

        assert session.generation == token.generation == 0
        assert session.created_at == session.authenticated_at == session.rotated_at == NOW
        assert session.grace_hits == 0
        assert session.revocation_reason is None
        assert session.lifetime.is_live(NOW)

    def test_it_belongs_to_its_user_and_client_and_its_token_to_it(self) -> None:
        session, token = started()

        assert (session.id, session.user_id, session.client) == (ID, ADA, LAPTOP)
        assert (token.session_id, token.secret) == (ID, SECRET)

    def test_it_keeps_only_the_hash_of_its_secret(self) -> None:
        session, _ = started()

        assert session.secret_hash == sha256(SECRET).digest()
        assert SECRET not in repr(session).encode()

    def test_it_ends_when_idle_for_long_and_at_the_latest_after_its_maximum(self) -> None:
        session, _ = started()

        assert session.lifetime.idle_expires_at == NOW + timedelta(days=14)
        assert session.lifetime.expires_at == NOW + timedelta(days=90)

    def test_idle_expiry_never_lies_behind_the_maximum(self) -> None:
        policy = SessionPolicy(idle=timedelta(days=14), maximum=timedelta(days=7))

        session, _ = started(policy)

        assert session.lifetime.idle_expires_at == NOW + timedelta(days=7)


class TestTheCurrentGeneration:
    def test_rotates_to_the_next_generation(self) -> None:
        session, token = started()

        after, successor = rotated(session, token)

        assert after.generation == successor.generation == 1
        assert replace(successor, generation=0) == token

    def test_rotates_again_and_again(self) -> None:
        session, token = started()

        for _ in range(20):
            session, token = rotated(session, token)

        assert session.generation == token.generation == 20

    def test_slides_the_idle_expiry(self) -> None:
        session, token = started()
        later = NOW + timedelta(days=13)

        after, _ = rotated(session, token, later)

        assert after.rotated_at == later
        assert after.lifetime.idle_expires_at == later + POLICY.idle

    def test_slides_it_no_further_than_the_maximum(self) -> None:
        session, token = started()
        for day in range(13, 91, 13):
            session, token = rotated(session, token, NOW + timedelta(days=day))

        assert session.lifetime.idle_expires_at == NOW + POLICY.maximum

    def test_leaves_the_rest_of_the_session_as_it_was(self) -> None:
        session, token = started()

        after, _ = rotated(session, token, NOW + timedelta(days=1))

        assert after == replace(
            session, generation=1, rotated_at=after.rotated_at, lifetime=after.lifetime
        )
        assert after.lifetime.expires_at == session.lifetime.expires_at
        assert after.lifetime.revoked_at is None

    def test_gives_the_next_generation_retries_of_its_own(self) -> None:
        session, token = rotated(*started())
        session, _ = retried(session, replace(token, generation=0))

        after, _ = rotated(session, token)

        assert session.grace_hits == 1
        assert after.grace_hits == 0


class TestTheOneBefore:
    def test_is_answered_with_the_same_successor_within_the_grace_period(self) -> None:
        session, token = started()
        session, successor = rotated(session, token)

        _, again = retried(session, token, NOW + timedelta(seconds=9))

        assert again == successor

    def test_moves_nothing_but_the_count_of_retries(self) -> None:
        session, token = started()
        session, _ = rotated(session, token)

        after, _ = retried(session, token, NOW + timedelta(seconds=9))

        assert after == replace(session, grace_hits=1)

    def test_is_still_a_retry_a_moment_before_the_grace_period_ends(self) -> None:
        session, token = started()
        session, _ = rotated(session, token)

        decision = session.present(token, NOW + POLICY.grace - MOMENT, POLICY)

        assert isinstance(decision, Retried)

    def test_is_reuse_exactly_when_the_grace_period_ends(self) -> None:
        session, token = started()
        session, _ = rotated(session, token)

        assert is_reuse(session, token, NOW + POLICY.grace)

    def test_does_not_extend_the_grace_period(self) -> None:
        session, token = started()
        session, _ = rotated(session, token)
        session, _ = retried(session, token, NOW + timedelta(seconds=9))

        assert is_reuse(session, token, NOW + POLICY.grace)

    def test_has_a_grace_period_from_the_rotation_and_not_from_the_start(self) -> None:
        session, token = started()
        later = NOW + timedelta(days=1)
        session, _ = rotated(session, token, later)

        _, successor = retried(session, token, later + timedelta(seconds=9))

        assert successor.generation == 1

    def test_may_be_retried_ten_times(self) -> None:
        session, token = started()
        session, successor = rotated(session, token)

        for _ in range(10):
            session, again = retried(session, token)

        assert session.grace_hits == 10
        assert again == successor

    def test_is_refused_the_eleventh_time_and_nothing_is_revoked(self) -> None:
        session, token = started()
        session, successor = rotated(session, token)
        for _ in range(10):
            session, _ = retried(session, token)

        with pytest.raises(TooManyRetries) as refused:
            session.present(token, NOW, POLICY)

        assert refused.value.retry_after == timedelta(seconds=1)
        assert rotated(session, successor)

    def test_is_reuse_at_once_where_there_is_no_grace_period(self) -> None:
        session, token = started(STRICT)
        session, _ = rotated(session, token, policy=STRICT)

        assert is_reuse(session, token, policy=STRICT)

    def test_is_reuse_once_its_successor_was_used(self) -> None:
        session, token = started()
        session, _ = rotated(*rotated(session, token))

        assert is_reuse(session, token)


class TestAnyOlderGeneration:
    @pytest.mark.parametrize("behind", [2, 3, 20])
    def test_is_reuse_even_within_the_grace_period(self, behind: int) -> None:
        session, token = started()
        for _ in range(20):
            session, token = rotated(session, token)

        assert is_reuse(session, replace(token, generation=20 - behind))

    def test_ends_the_session_and_says_why(self) -> None:
        session, token = started()
        session, _ = rotated(*rotated(session, token))
        later = NOW + timedelta(days=1)

        decision = session.present(token, later, POLICY)

        assert isinstance(decision, ReuseDetected)
        assert decision.session == session.revoke(later, RevocationReason.REUSE_DETECTED)
        assert not decision.session.lifetime.is_live(later)


class TestANewerGeneration:
    @pytest.mark.parametrize("ahead", [1, 2, 2**32 - 1])
    def test_is_refused_and_nothing_is_revoked(self, ahead: int) -> None:
        session, token = started()

        with pytest.raises(InvalidGrant):
            session.present(replace(token, generation=ahead), NOW, POLICY)

        assert rotated(session, token)


class TestAWrongSecret:
    @pytest.mark.parametrize("generation", [0, 1, 2, 3])
    @pytest.mark.parametrize("secret", [b"", b"0" * 16, SECRET + b"0", sha256(SECRET).digest()])
    def test_is_refused_and_never_revokes(self, generation: int, secret: bytes) -> None:
        session, _ = rotated(*rotated(*started()))

        with pytest.raises(InvalidGrant):
            session.present(RefreshToken(ID, generation, secret), NOW, POLICY)


class TestAnEndedSession:
    @pytest.mark.parametrize("generation", [0, 1, 2, 3])
    @pytest.mark.parametrize("reason", RevocationReason)
    def test_accepts_no_token_once_revoked(self, generation: int, reason: RevocationReason) -> None:
        session, token = rotated(*rotated(*started()))
        ended = session.revoke(NOW, reason)

        with pytest.raises(InvalidGrant):
            ended.present(replace(token, generation=generation), NOW, POLICY)

    def test_accepts_the_current_token_until_a_moment_before_it_was_idle_for_too_long(self) -> None:
        session, token = started()

        after, _ = rotated(session, token, NOW + POLICY.idle - MOMENT)

        assert after.generation == 1

    def test_accepts_none_exactly_when_it_was_idle_for_too_long(self) -> None:
        session, token = started()

        with pytest.raises(InvalidGrant):
            session.present(token, NOW + POLICY.idle, POLICY)

    def test_accepts_none_exactly_at_its_maximum_however_busy_it_was(self) -> None:
        session, token = started()
        for day in range(13, 91, 13):
            session, token = rotated(session, token, NOW + timedelta(days=day))
        end = NOW + POLICY.maximum

        assert rotated(session, token, end - MOMENT)
        with pytest.raises(InvalidGrant):
            session.present(token, end, POLICY)

    def test_is_not_revoked_by_reuse_after_it_expired(self) -> None:
        session, token = started()
        session, _ = rotated(*rotated(session, token))

        with pytest.raises(InvalidGrant):
            session.present(token, NOW + POLICY.idle, POLICY)


class TestRetirement:
    def test_lets_a_session_live_for_the_grace_period_and_not_a_moment_longer(self) -> None:
        session, _ = started()

        retired = session.retire(NOW, POLICY)

        assert retired.lifetime.is_live(NOW + POLICY.grace - MOMENT)
        assert not retired.lifetime.is_live(NOW + POLICY.grace)

    def test_never_prolongs_a_session(self) -> None:
        session, _ = started()

        retired = session.retire(NOW + POLICY.idle - MOMENT, POLICY)

        assert not retired.lifetime.is_live(NOW + POLICY.idle)

    def test_is_not_put_off_by_a_refresh(self) -> None:
        session, token = started()

        after, _ = rotated(session.retire(NOW, POLICY), token)

        assert not after.lifetime.is_live(NOW + POLICY.grace)

    def test_is_told_apart_from_a_session_that_goes_on(self) -> None:
        session, _ = started()

        retired = session.retire(NOW, POLICY)

        assert (session.is_retired, retired.is_retired) == (False, True)


class TestRevocation:
    def test_ends_a_session_now_and_says_why(self) -> None:
        session, _ = started()

        ended = session.revoke(NOW, RevocationReason.LOGOUT)

        assert ended.revocation_reason is RevocationReason.LOGOUT
        assert ended.lifetime == replace(session.lifetime, revoked_at=NOW)
        assert not ended.lifetime.is_live(NOW)

    def test_changes_nothing_else(self) -> None:
        session, _ = rotated(*started())

        ended = session.revoke(NOW, RevocationReason.LOGOUT)

        assert session == replace(ended, lifetime=session.lifetime, revocation_reason=None)

    def test_keeps_the_first_end_and_reason(self) -> None:
        session, _ = started()
        ended = session.revoke(NOW, RevocationReason.REUSE_DETECTED)

        again = ended.revoke(NOW + timedelta(days=1), RevocationReason.LOGOUT)

        assert again is ended


class TestReauthentication:
    def test_is_good_for_as_long_as_the_policy_says(self) -> None:
        session, _ = started()

        session.require_recent_authentication(NOW, POLICY)
        session.require_recent_authentication(NOW + POLICY.reauthentication - MOMENT, POLICY)

    def test_is_required_exactly_when_that_is_over(self) -> None:
        session, _ = started()

        with pytest.raises(ReauthenticationRequired):
            session.require_recent_authentication(NOW + POLICY.reauthentication, POLICY)

    def test_is_always_required_where_a_password_is_good_for_no_time(self) -> None:
        session, _ = started()

        with pytest.raises(ReauthenticationRequired):
            session.require_recent_authentication(NOW, SessionPolicy(reauthentication=timedelta(0)))

    def test_does_not_come_by_refreshing(self) -> None:
        session, token = started()

        after, _ = rotated(session, token, NOW + timedelta(days=1))

        assert after.authenticated_at == NOW


class TestSucceed:
    ELSEWHERE = Client("told at this call", "another/1.0", "198.51.100.9")

    def test_begins_a_session_with_an_id_and_a_secret_of_its_own(self) -> None:
        session, token = started()
        later = NOW + timedelta(days=1)
        session_id, secret = SessionId(bytes(16)), bytes([7] * 16)

        after, new_token = session.succeed(session_id, secret, self.ELSEWHERE, later, POLICY)

        assert (after.id, after.user_id) == (session_id, session.user_id)
        assert new_token == RefreshToken(session_id, 0, secret)
        assert after.issued(new_token)
        assert not after.issued(token)
        assert after.created_at == after.authenticated_at == after.rotated_at == later
        assert after.lifetime == SessionLifetime(later + POLICY.idle, later + POLICY.maximum)

    def test_keeps_the_label_and_notes_where_the_password_was_given(self) -> None:
        session, _ = started()

        after, _ = session.succeed(SessionId(bytes(16)), bytes(16), self.ELSEWHERE, NOW, POLICY)

        assert after.client == replace(self.ELSEWHERE, label=session.client.label)

    def test_allows_what_is_sensitive_anew(self) -> None:
        session, _ = started()
        later = NOW + timedelta(days=1)

        after, _ = session.succeed(SessionId(bytes(16)), bytes(16), self.ELSEWHERE, later, POLICY)

        after.require_recent_authentication(later + POLICY.reauthentication - MOMENT, POLICY)
        with pytest.raises(ReauthenticationRequired):
            after.require_recent_authentication(later + POLICY.reauthentication, POLICY)


class TestIssued:
    def test_are_a_sessions_tokens_of_every_generation_even_once_it_has_ended(self) -> None:
        session, token = started()
        session, successor = rotated(session, token)
        ended = session.revoke(NOW, RevocationReason.LOGOUT)

        assert [ended.issued(each) for each in (token, successor)] == [True, True]

    @pytest.mark.parametrize("secret", [b"", b"0" * 16, sha256(SECRET).digest()])
    def test_is_no_token_with_another_secret(self, secret: bytes) -> None:
        session, token = started()

        assert not session.issued(replace(token, secret=secret))


class TestSurplus:
    def test_is_nothing_as_long_as_there_is_room(self) -> None:
        session, _ = started()

        assert surplus([], 1) == []
        assert surplus([session], 1) == []

    def test_are_first_those_that_never_came_back_and_then_those_away_the_longest(self) -> None:
        used_early = replace(started()[0], generation=9, rotated_at=NOW + MOMENT)
        used_late = replace(started()[0], generation=1, rotated_at=NOW + 2 * MOMENT)
        left_early = started(now=NOW + 3 * MOMENT)[0]
        left_late = started(now=NOW + 4 * MOMENT)[0]
        going = [left_early, left_late, used_early, used_late]

        assert surplus([used_late, left_late, left_early, used_early], 0) == going
        assert surplus([used_late, left_late, left_early, used_early], 3) == going[:1]


class TestLifetime:
    def test_lasts_until_the_nearer_of_both_expiries(self) -> None:
        idle_first = SessionLifetime(NOW, NOW + timedelta(days=1))
        maximum_first = SessionLifetime(NOW + timedelta(days=1), NOW)

        lives = [
            (lifetime.is_live(NOW - MOMENT), lifetime.is_live(NOW))
            for lifetime in (idle_first, maximum_first)
        ]

        assert lives == [(True, False), (True, False)]

    def test_is_over_once_revoked(self) -> None:
        lifetime = SessionLifetime(NOW + timedelta(days=1), NOW + timedelta(days=1), NOW)

        assert not lifetime.is_live(NOW - timedelta(days=1))


class TestAccessToken:
    def test_speaks_for_the_user_in_the_session(self) -> None:
        session, _ = started()

        access = session.grant_access("an id", NOW, POLICY)

        assert (access.user_id, access.session_id, access.token_id) == (ADA, ID, "an id")

    def test_lasts_fifteen_minutes_in_whole_seconds(self) -> None:
        session, _ = started()

        access = session.grant_access("an id", NOW, POLICY)

        assert access.issued_at == NOW.replace(microsecond=0)
        assert access.lifetime == timedelta(minutes=15)

    @pytest.mark.parametrize("left", [timedelta(minutes=14), timedelta(seconds=1), MOMENT])
    def test_never_outlives_the_session(self, left: timedelta) -> None:
        session, _ = started()
        end = session.lifetime.idle_expires_at

        access = session.grant_access("an id", end - left, POLICY)

        assert access.issued_at <= access.expires_at == end.replace(microsecond=0)
        assert access.is_expired(end)

    def test_never_outlives_the_maximum_of_a_session(self) -> None:
        policy = SessionPolicy(maximum=timedelta(minutes=1))
        session, _ = started(policy)

        access = session.grant_access("an id", NOW, policy)

        assert access.lifetime == timedelta(minutes=1)

    def test_is_expired_exactly_at_its_expiry(self) -> None:
        token = AccessToken(ADA, ID, "an id", NOW, NOW + timedelta(minutes=15))

        expired = [token.is_expired(token.expires_at - MOMENT), token.is_expired(token.expires_at)]

        assert expired == [False, True]

    def test_is_expired_exactly_a_leeway_later_where_there_is_one(self) -> None:
        token = AccessToken(ADA, ID, "an id", NOW, NOW + timedelta(minutes=15))
        leeway = timedelta(seconds=30)
        end = token.expires_at + leeway

        expired = [token.is_expired(end - MOMENT, leeway), token.is_expired(end, leeway)]

        assert expired == [False, True]
