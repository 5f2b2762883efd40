"""Whatever people, clocks and networks do, a session behaves as the table says.

The machine drives the use cases; beside them runs a model of its own, which knows of a session
no more than a few numbers and shares no code with the domain.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import Enum, auto

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
)

from application.sessions.grant_tokens import TokenGrant
from application.sessions.revoke_session import RevokeSessionCommand
from domain.security_event import SecurityEventKind
from domain.session import (
    InvalidAccessToken,
    InvalidGrant,
    ReauthenticationRequired,
    RefreshToken,
    SessionId,
    SessionNotFound,
    SessionPolicy,
    TooManyRetries,
)
from tests.unit.world import LAPTOP, PASSWORD, World

ACCESS = timedelta(minutes=15)
IDLE = timedelta(days=14)
MAXIMUM = timedelta(days=30)
GRACE = timedelta(seconds=10)
RETRIES = 2
FRESH = timedelta(minutes=10)
SECOND = timedelta(seconds=1)
NEVER = datetime.max.replace(tzinfo=UTC)
MOMENT = timedelta(microseconds=1)

SHORT_JUMPS = [MOMENT, SECOND, GRACE - SECOND, GRACE - MOMENT, GRACE, ACCESS - SECOND, ACCESS]
LONG_JUMPS = [FRESH - MOMENT, FRESH, timedelta(days=1), IDLE - GRACE, IDLE - MOMENT, IDLE, MAXIMUM]

FORGERIES: list[Callable[[RefreshToken], RefreshToken]] = [
    lambda token: replace(token, generation=token.generation + 100),
    lambda token: replace(token, secret=bytes(16)),
    lambda token: replace(token, session_id=SessionId(bytes(16))),
]


class Answer(Enum):
    ROTATED = auto()
    RETRIED = auto()
    TOO_MANY = auto()
    REUSE = auto()
    REFUSED = auto()


WRITTEN = {Answer.ROTATED, Answer.RETRIED, Answer.REUSE}


@dataclass
class Model:
    """What is expected of one session. Its tokens are listed from the oldest to the newest."""

    who: int
    began: datetime
    authenticated: datetime
    rotated: datetime
    newest: TokenGrant
    refresh_tokens: list[str] = field(default_factory=list)
    access_tokens: dict[str, datetime] = field(default_factory=dict)
    retries: int = 0
    last: datetime = NEVER
    is_over: bool = False
    is_told_of: bool = False
    is_stolen: bool = False

    @property
    def end(self) -> datetime:
        return min(self.rotated + IDLE, self.began + MAXIMUM, self.last)

    def lives(self, now: datetime) -> bool:
        return not self.is_over and now < self.end

    def is_fresh(self, now: datetime) -> bool:
        """Whether the password was given recently."""
        return now - self.authenticated < FRESH

    @property
    def is_retired(self) -> bool:
        """Of one that lives: whether it is on its way out, since another follows it."""
        return self.is_told_of

    def finish(self, now: datetime) -> None:
        """End, by what is told to the owner, if it has not ended before."""
        if self.lives(now):
            self.is_over = self.is_told_of = True

    def retire(self, now: datetime) -> None:
        """Be followed by another: that is an end which is told at once, and comes a bit later."""
        self.last = min(self.last, now + GRACE)
        self.is_told_of = True

    def answer(self, refresh_token: str, now: datetime) -> Answer:
        if not self.lives(now):
            return Answer.REFUSED
        behind = self.refresh_tokens[::-1].index(refresh_token)
        if behind == 0:
            return Answer.ROTATED
        if behind > 1 or now - self.rotated >= GRACE:
            return Answer.REUSE
        return Answer.TOO_MANY if self.retries == RETRIES else Answer.RETRIED

    def accepts(self, access_token: str, now: datetime) -> bool:
        return self.lives(now) and now < self.access_tokens[access_token]

    def remember(self, grant: TokenGrant, now: datetime) -> None:
        # An access token is good for a quarter of an hour, if the session lasts as long.
        expiry = min(now + ACCESS, self.end).replace(microsecond=0)
        self.access_tokens[grant.access_token] = expiry
        if grant.refresh_token not in self.refresh_tokens:
            self.refresh_tokens.append(grant.refresh_token)
            self.newest = grant


class Sessions(RuleBasedStateMachine):
    grants = Bundle("grants")

    def __init__(self) -> None:
        super().__init__()
        self.world = World(SessionPolicy(ACCESS, IDLE, MAXIMUM, GRACE, RETRIES, FRESH))
        self.users = [self.world.user(f"{name}@example.org") for name in ("ada", "bob")]
        self.passwords = [PASSWORD, PASSWORD]
        self.models: dict[SessionId, Model] = {}

    @property
    def now(self) -> datetime:
        return self.world.clock.now()

    def model_of(self, grant: TokenGrant) -> Model:
        return self.models[grant.access.session_id]

    @initialize(target=grants)
    def log_in_once(self) -> TokenGrant:
        return self.begin(0)

    @rule(target=grants, who=st.sampled_from([0, 1]))
    def log_in(self, who: int) -> TokenGrant:
        return self.begin(who)

    @rule(target=grants, grant=grants)
    def refresh(self, grant: TokenGrant) -> TokenGrant | MultipleResults[TokenGrant]:
        return self.present(grant) or multiple()

    @rule(target=grants, grant=grants)
    def stay_signed_in(self, grant: TokenGrant) -> TokenGrant | MultipleResults[TokenGrant]:
        """What a good client does: come back in time, with the newest token."""
        self.world.clock.advance(IDLE - GRACE)
        return self.present(self.model_of(grant).newest) or multiple()

    @rule(grant=grants)
    def refresh_and_lose_the_answer(self, grant: TokenGrant) -> None:
        self.present(grant)

    @rule(target=grants, slower=grants, quicker=grants)
    def refresh_in_a_race(
        self, slower: TokenGrant, quicker: TokenGrant
    ) -> TokenGrant | MultipleResults[TokenGrant]:
        with self.coming_between(slower, lambda: self.present(quicker)):
            return self.present(slower) or multiple()

    @rule(grant=grants)
    def refresh_while_logging_out(self, grant: TokenGrant) -> None:
        with self.coming_between(grant, lambda: self.log_out(grant)):
            self.present(grant)

    @rule(grant=grants)
    def log_out(self, grant: TokenGrant) -> None:
        self.world.logout(grant.access.session_id, LAPTOP)
        self.model_of(grant).finish(self.now)

    @rule(leaving=grants, refreshing=grants)
    def log_out_while_refreshing(self, leaving: TokenGrant, refreshing: TokenGrant) -> None:
        ending = [self.model_of(leaving)]
        with self.coming_before_an_end_of(ending, lambda: self.present(refreshing)):
            self.world.logout(leaving.access.session_id, LAPTOP)
        self.finish_all(ending)

    @rule(caller=grants, grant=grants)
    def end_a_session_from_another(self, caller: TokenGrant, grant: TokenGrant) -> None:
        asking, asked = self.model_of(caller), self.model_of(grant)
        if not asking.lives(self.now):
            return  # nobody gets as far as the use case
        command = RevokeSessionCommand(
            caller.access.session_id, grant.access.session_id, client=LAPTOP
        )
        if asked.who != asking.who or not asked.lives(self.now):
            with pytest.raises(SessionNotFound):
                self.world.revoke_session(command)
        elif asked is asking or asking.is_fresh(self.now):
            self.world.revoke_session(command)
            asked.finish(self.now)
        else:
            with pytest.raises(ReauthenticationRequired):
                self.world.revoke_session(command)

    @rule(caller=grants, refreshing=grants)
    def end_all_others_while_one_refreshes(
        self, caller: TokenGrant, refreshing: TokenGrant
    ) -> None:
        asking = self.model_of(caller)
        if not asking.lives(self.now):
            return
        if asking.is_retired or not asking.is_fresh(self.now):
            refusal = InvalidAccessToken if asking.is_retired else ReauthenticationRequired
            with pytest.raises(refusal):
                self.world.revoke_other_sessions(caller.access.session_id, LAPTOP)
            return
        with self.coming_before_an_end_of(self.others(asking), lambda: self.present(refreshing)):
            self.world.revoke_other_sessions(caller.access.session_id, LAPTOP)
        self.finish_all(self.others(asking))

    @rule(caller=grants, refreshing=grants)
    def change_the_password_while_one_refreshes(
        self, caller: TokenGrant, refreshing: TokenGrant
    ) -> None:
        asking = self.model_of(caller)
        if not asking.lives(self.now):
            return
        old, new = self.passwords[asking.who], f"password {len(self.models)} at {self.now}"
        if asking.is_retired:
            with pytest.raises(InvalidAccessToken):
                self.world.changed_password(caller, new, current=old)
            return
        with self.coming_before_an_end_of(self.others(asking), lambda: self.present(refreshing)):
            self.world.changed_password(caller, new, current=old)
        self.passwords[asking.who] = new
        self.finish_all(self.others(asking))

    @rule(target=grants, grant=grants, refreshing=grants)
    def give_the_password_again_while_one_refreshes(
        self, grant: TokenGrant, refreshing: TokenGrant
    ) -> TokenGrant | MultipleResults[TokenGrant]:
        model = self.model_of(grant)
        password = self.passwords[model.who]
        proof = self.world.proof(grant, LAPTOP, password)
        if not model.lives(self.now):
            with pytest.raises(InvalidAccessToken):
                self.world.reauthenticate(proof)
            return multiple()
        ending = [] if model.is_retired else [model]
        with self.coming_before_an_end_of(ending, lambda: self.present(refreshing)):
            try:
                again = self.world.reauthenticate(proof)
            except InvalidAccessToken:
                assert model.is_stolen
                return multiple()
        model.retire(self.now)
        return self.follow(again, model.who)

    @rule(grant=grants, forgery=st.sampled_from(FORGERIES))
    def forge(self, grant: TokenGrant, forgery: Callable[[RefreshToken], RefreshToken]) -> None:
        token = forgery(self.world.refresh_tokens.decode(grant.refresh_token))
        with pytest.raises(InvalidGrant):
            self.world.refreshed(self.world.refresh_tokens.encode(token, self.now))

    @rule(jump=st.sampled_from(SHORT_JUMPS))
    def let_a_little_time_pass(self, jump: timedelta) -> None:
        self.world.clock.advance(jump)

    @rule(jump=st.sampled_from(LONG_JUMPS))
    def let_days_pass(self, jump: timedelta) -> None:
        self.world.clock.advance(jump)

    @invariant()
    def a_session_is_one_row_and_as_expected(self) -> None:
        stored = {
            session.id: (
                session.generation,
                session.grace_hits,
                session.authenticated_at,
                session.rotated_at,
                session.lifetime.revoked_at is not None,
            )
            for session in self.world.store.sessions.values()
        }
        assert stored == {
            session_id: (
                len(model.refresh_tokens) - 1,
                model.retries,
                model.authenticated,
                model.rotated,
                model.is_over,
            )
            for session_id, model in self.models.items()
        }

    @invariant()
    def an_access_token_is_accepted_while_it_and_its_session_last(self) -> None:
        for model in self.models.values():
            for access_token in model.access_tokens:
                assert self.lets_in(access_token) == model.accepts(access_token, self.now)

    @invariant()
    def each_login_theft_and_end_is_recorded_once(self) -> None:
        models = self.models.items()
        assert self.told_of(SecurityEventKind.LOGGED_IN) == sorted(self.models)
        stolen = sorted(session_id for session_id, model in models if model.is_stolen)
        assert self.told_of(SecurityEventKind.REFRESH_TOKEN_REUSED) == stolen
        ended = sorted(session_id for session_id, model in models if model.is_told_of)
        assert self.told_of(SecurityEventKind.SESSION_ENDED) == ended

    @rule()
    def try_every_refresh_token(self) -> None:
        """Of all that a session ever issued one rotates it if it lives, and none if not."""
        for session_id, model in self.models.items():
            rotating = [
                token for token in model.refresh_tokens if self.would_rotate(session_id, token)
            ]
            assert rotating == (model.refresh_tokens[-1:] if model.lives(self.now) else [])

    def begin(self, who: int) -> TokenGrant:
        grant = self.world.logged_in(self.users[who], password=self.passwords[who])
        return self.follow(grant, who)

    def follow(self, grant: TokenGrant, who: int) -> TokenGrant:
        """Expect of a session that has just begun what any session does."""
        model = Model(who, self.now, self.now, self.now, grant)
        model.remember(grant, self.now)
        assert grant.access.session_id not in self.models
        self.models[grant.access.session_id] = model
        return grant

    def present(self, grant: TokenGrant) -> TokenGrant | None:
        """Send a refresh token, and compare the answer with the one that the model expects."""
        model, now = self.model_of(grant), self.now
        answer: TokenGrant | Exception
        try:
            answer = self.world.refreshed(grant.refresh_token)
        except (InvalidGrant, TooManyRetries) as error:
            answer = error
        expected = model.answer(grant.refresh_token, now)
        if isinstance(answer, TokenGrant):
            self.check_grant(answer, model, expected)
            return answer
        assert isinstance(answer, TooManyRetries) == (expected is Answer.TOO_MANY)
        assert expected in {Answer.TOO_MANY, Answer.REUSE, Answer.REFUSED}
        if expected is Answer.REUSE:
            model.is_over = model.is_stolen = True
        return None

    def check_grant(self, grant: TokenGrant, model: Model, expected: Answer) -> None:
        if expected is Answer.ROTATED:
            assert grant.refresh_token not in model.refresh_tokens
            model.rotated, model.retries = self.now, 0
        else:
            assert expected is Answer.RETRIED
            assert grant.refresh_token == model.refresh_tokens[-1]
            model.retries += 1
        model.remember(grant, self.now)

    @contextmanager
    def coming_between(self, grant: TokenGrant, act: Callable[[], object]) -> Iterator[None]:
        """Let something happen between a refresh's decision and its writing, if it writes."""
        if self.model_of(grant).answer(grant.refresh_token, self.now) in WRITTEN:
            self.world.uow.before_session_replace.once(act)
        yield
        assert not self.world.uow.before_session_replace.is_pending

    @contextmanager
    def coming_before_an_end_of(
        self, models: Iterable[Model], act: Callable[[], object]
    ) -> Iterator[None]:
        """Let something happen between the decision to end a session and its writing."""
        if any(model.lives(self.now) for model in models):
            self.world.uow.before_session_replace.once(act)
        yield
        assert not self.world.uow.before_session_replace.is_pending

    def others(self, asking: Model) -> list[Model]:
        """The user's other sessions."""
        models = self.models.values()
        return [model for model in models if model.who == asking.who and model is not asking]

    def finish_all(self, models: Iterable[Model]) -> None:
        for model in models:
            model.finish(self.now)

    def told_of(self, kind: SecurityEventKind) -> list[SessionId]:
        return sorted(event.session_id or SessionId(b"") for event in self.world.events_of(kind))

    def lets_in(self, access_token: str) -> bool:
        try:
            self.world.authenticate(access_token)
        except InvalidAccessToken:
            return False
        return True

    def would_rotate(self, session_id: SessionId, refresh_token: str) -> bool:
        store = self.world.store
        session, events = store.sessions[session_id], dict(store.security_events)
        try:
            self.world.refreshed(refresh_token)
            return store.sessions[session_id].generation != session.generation
        except (InvalidGrant, TooManyRetries):
            return False
        finally:
            store.sessions[session_id] = session
            store.security_events.clear()
            store.security_events.update(events)


TestSessions = Sessions.TestCase
TestSessions.settings = settings(
    max_examples=100, stateful_step_count=30, derandomize=True, database=None, deadline=None
)
