"""The fakes keep the promises that the real adapters are held to.

But for the suites of races: a fake serves one thread, and its tests take turns by interruption.
"""

import random
import re
from datetime import UTC, datetime

import pytest

from adapters.system.clock import SystemClock
from adapters.system.ids import RandomIds
from adapters.system.token_bucket import TokenBuckets
from application.ports.access_tokens import AccessTokens
from application.ports.clock import Clock
from application.ports.directory import Directory
from application.ports.ids import Ids
from application.ports.imported_hash import ImportedHash
from application.ports.keyring import Keyring
from application.ports.one_time_codes import OneTimeCodes
from application.ports.password_hasher import PasswordHasher
from application.ports.rate_limiter import RateLimiter
from application.ports.refresh_tokens import RefreshTokens
from application.ports.unit_of_work import UnitOfWork
from domain.throttle import TooManyRefreshes
from tests.contracts.access_tokens import AccessTokensContract
from tests.contracts.clock import ClockContract
from tests.contracts.directory import DirectoryContract
from tests.contracts.ids import IdsContract
from tests.contracts.imported_hash import ImportedHashContract
from tests.contracts.keyring import KeyringContract
from tests.contracts.one_time_codes import OneTimeCodesContract
from tests.contracts.password_hasher import PasswordHasherContract
from tests.contracts.password_resets import PasswordResetsContract
from tests.contracts.rate_limiter import PERIOD, SIZE, RateLimiterContract
from tests.contracts.refresh_tokens import RefreshTokensContract
from tests.contracts.second_factors import SecondFactorsContract
from tests.contracts.security_events import SecurityEventsContract
from tests.contracts.sessions import SessionsContract
from tests.contracts.task_lists import TaskListsContract
from tests.contracts.tasks import TasksContract
from tests.contracts.throttles import ThrottlesContract
from tests.contracts.unit_of_work import UnitOfWorkContract
from tests.contracts.users import UsersContract
from tests.samples import NOW
from tests.unit.fakes.access_tokens import FakeAccessTokens
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.directory import FakeDirectory
from tests.unit.fakes.ids import FakeIds
from tests.unit.fakes.imported_hash import fake_imported_hash
from tests.unit.fakes.in_memory_store import InMemoryStore
from tests.unit.fakes.keyring import FakeKeyring
from tests.unit.fakes.one_time_codes import FakeOneTimeCodes
from tests.unit.fakes.password_hasher import FakePasswordHasher
from tests.unit.fakes.refresh_tokens import FakeRefreshTokens
from tests.unit.fakes.unit_of_work import FakeUnitOfWork


@pytest.fixture
def store() -> InMemoryStore:
    return InMemoryStore()


@pytest.fixture
def uow(store: InMemoryStore) -> UnitOfWork:
    return FakeUnitOfWork(store)


class TestFakeUnitOfWork(UnitOfWorkContract):
    pass


class TestFakeDirectory(DirectoryContract):
    @pytest.fixture
    def directory(self, store: InMemoryStore) -> Directory:
        return FakeDirectory(store)


class TestFakeImportedHash(ImportedHashContract):
    @pytest.fixture
    def imported_hash(self) -> ImportedHash:
        return fake_imported_hash


class TestFakeUsers(UsersContract):
    pass


class TestFakeSessions(SessionsContract):
    pass


class TestFakeTasks(TasksContract):
    pass


class TestFakeTaskLists(TaskListsContract):
    pass


class TestFakeSecurityEvents(SecurityEventsContract):
    pass


class TestFakeThrottles(ThrottlesContract):
    pass


class TestFakePasswordResets(PasswordResetsContract):
    pass


class TestFakeSecondFactors(SecondFactorsContract):
    pass


class TestFakeOneTimeCodes(OneTimeCodesContract):
    @pytest.fixture
    def one_time_codes(self) -> OneTimeCodes:
        return FakeOneTimeCodes(key=2)

    @pytest.fixture
    def strangers(self) -> OneTimeCodes:
        return FakeOneTimeCodes(key=1)


class TestFakeClock(ClockContract):
    @pytest.fixture
    def clock(self) -> Clock:
        return FakeClock()


class TestSystemClock(ClockContract):
    @pytest.fixture
    def clock(self) -> Clock:
        return SystemClock()


class TestFakeIds(IdsContract):
    @pytest.fixture
    def ids(self) -> Ids:
        return FakeIds()


class TestRandomIds(IdsContract):
    @pytest.fixture
    def ids(self) -> Ids:
        return RandomIds()

    def test_another_process_is_given_others(self, ids: Ids) -> None:
        random.seed(1)
        here = [ids.session_id(), ids.session_secret(), ids.password_reset_token()]
        random.seed(1)
        elsewhere = RandomIds()

        assert elsewhere.session_id() != here[0]
        assert elsewhere.session_secret() != here[1]
        assert elsewhere.password_reset_token() != here[2]

    def test_a_recovery_code_holds_140_bits_in_base32(self, ids: Ids) -> None:
        code = ids.recovery_code().replace("-", "")

        assert re.fullmatch("[A-Z2-7]{28}", code)

    def test_a_link_holds_256_bits(self, ids: Ids) -> None:
        assert len(ids.password_reset_token()) * 6 >= 256


class TestTokenBuckets(RateLimiterContract):
    """No fake: what counts in memory is good enough for every test."""

    @pytest.fixture
    def limiter(self) -> RateLimiter:
        return TokenBuckets(SIZE, PERIOD, TooManyRefreshes)

    def test_only_the_keys_seen_last_are_kept(self) -> None:
        limiter = TokenBuckets(2, PERIOD, TooManyRefreshes, max_keys=2)
        for key in ("one", "one", "two", "two"):
            limiter.take(key, NOW)
        with pytest.raises(TooManyRefreshes):
            limiter.take("one", NOW)

        limiter.take("three", NOW)

        with pytest.raises(TooManyRefreshes):
            limiter.take("one", NOW)
        limiter.take("two", NOW)


class TestFakePasswordHasher(PasswordHasherContract):
    @pytest.fixture
    def hasher(self) -> PasswordHasher:
        return FakePasswordHasher()

    @pytest.fixture
    def busy_hasher(self) -> PasswordHasher:
        hasher = FakePasswordHasher()
        hasher.is_busy = True
        return hasher


class TestFakeAccessTokens(AccessTokensContract):
    @pytest.fixture
    def made_here(self) -> FakeAccessTokens:
        return FakeAccessTokens()

    @pytest.fixture
    def access_tokens(self, made_here: FakeAccessTokens) -> AccessTokens:
        return made_here

    @pytest.fixture
    def strangers(self) -> AccessTokens:
        return FakeAccessTokens()

    @pytest.fixture
    def elsewhere(self, made_here: FakeAccessTokens) -> AccessTokens:
        return FakeAccessTokens("elsewhere", made_here.made)


class TestFakeRefreshTokens(RefreshTokensContract):
    @pytest.fixture
    def refresh_tokens(self) -> RefreshTokens:
        return FakeRefreshTokens()

    @pytest.fixture
    def strangers(self) -> RefreshTokens:
        return FakeRefreshTokens()


class TestFakeKeyring(KeyringContract):
    @pytest.fixture
    def keyring(self) -> Keyring:
        return FakeKeyring(datetime(2029, 1, 1, tzinfo=UTC))

    @pytest.fixture
    def other_worker(self, keyring: Keyring) -> Keyring:
        return keyring
