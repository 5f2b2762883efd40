"""Everything there is, in memory: the ports' fakes and the use cases over them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from adapters.system.token_bucket import TokenBuckets
from application.accounts.change_password import ChangePassword, ChangePasswordCommand
from application.accounts.change_profile import ChangeProfile
from application.accounts.delete_account import DeleteAccount
from application.accounts.disable_user import DisableUser
from application.accounts.enable_user import EnableUser
from application.accounts.export_account import ExportAccount
from application.accounts.forget_old import ForgetOld
from application.accounts.list_security_events import ListSecurityEvents
from application.accounts.make_password_link import MakePasswordLink
from application.accounts.profile import Profile
from application.accounts.prove_owner import OwnersProof, ProveOwner
from application.accounts.reset_password import ResetPassword
from application.accounts.signup import Signup, SignupCommand
from application.accounts.verify_credentials import VerifyCredentials
from application.accounts.verify_password import VerifyPassword
from application.keys.prune_keys import PruneKeys
from application.keys.rotate_keys import RotateKeys
from application.keys.rotate_old_keys import RotateOldKeys
from application.second_factor.activate_second_factor import ActivateSecondFactor
from application.second_factor.begin_second_factor import (
    BeginSecondFactor,
    BeginSecondFactorCommand,
    PendingSecondFactor,
)
from application.second_factor.check_second_factor import CheckSecondFactor
from application.second_factor.confirm_second_factor import ConfirmSecondFactor
from application.second_factor.describe_second_factor import DescribeSecondFactor
from application.second_factor.remove_second_factor import RemoveSecondFactor
from application.second_factor.renew_recovery_codes import RenewRecoveryCodes
from application.sessions.authenticate import Authenticate
from application.sessions.end_by_operator import EndByOperator
from application.sessions.end_session import EndSession
from application.sessions.grant_tokens import GrantTokens, TokenGrant
from application.sessions.list_sessions import ListSessions
from application.sessions.login import Login, LoginCommand
from application.sessions.logout import Logout
from application.sessions.reauthenticate import Reauthenticate
from application.sessions.record_event import RecordEvent
from application.sessions.refresh import Refresh, RefreshCommand
from application.sessions.revoke_other_sessions import RevokeOtherSessions
from application.sessions.revoke_session import RevokeSession
from application.tasks.add_task import AddTask
from application.tasks.change_task import ChangeTask
from application.tasks.delete_task import DeleteTask
from application.tasks.get_task import GetTask
from application.tasks.limit_changes import LimitChanges
from application.tasks.list_tasks import ListTasks
from domain.security_event import SecurityEvent, SecurityEventKind
from domain.session import Client, Session, SessionPolicy
from domain.task import MAX_TASKS, Task, TooManyTaskChanges
from domain.throttle import ThrottleKey, ThrottlePolicy, TooManyRefreshes, signup_key
from domain.user import User, UserId
from tests.authenticator_app import shown_at
from tests.unit.fakes.access_tokens import FakeAccessTokens
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.ids import FakeIds
from tests.unit.fakes.in_memory_store import InMemoryStore
from tests.unit.fakes.keyring import FakeKeyring
from tests.unit.fakes.one_time_codes import FakeOneTimeCodes
from tests.unit.fakes.password_hasher import FakePasswordHasher
from tests.unit.fakes.refresh_tokens import FakeRefreshTokens
from tests.unit.fakes.unit_of_work import FakeUnitOfWork

PASSWORD = "correct horse battery staple"
COMMON_PASSWORD = "trustno1!"
LAPTOP = Client("laptop", "Mozilla/5.0", "192.0.2.1")
PHONE = Client("phone", "Phone/1.0", "198.51.100.2")
STRANGER = Client("", "curl/8.5", "203.0.113.3")
"""Somebody at an address that no owner of an account ever logged in from."""

REFRESHES_PER_MINUTE = 1000
TASK_CHANGES_PER_MINUTE = 60
RETENTION = timedelta(days=180)
KEY_LIFETIME = timedelta(days=90)


class World:
    def __init__(
        self,
        policy: SessionPolicy | None = None,
        leeway: timedelta = timedelta(0),
        throttle_policy: ThrottlePolicy | None = None,
        max_tasks: int = MAX_TASKS,
        *,
        second_factor_is_required: bool = False,
        signup_is_open: bool = True,
    ) -> None:
        self.policy = policy or SessionPolicy()
        self.throttle_policy = throttle_policy or ThrottlePolicy()
        self.clock = FakeClock()
        self.ids = FakeIds()
        self.store = InMemoryStore()
        self.uow = FakeUnitOfWork(self.store)
        self.hasher = FakePasswordHasher()
        self.access_tokens = FakeAccessTokens()
        self.refresh_tokens = FakeRefreshTokens()
        self.keyring = FakeKeyring(self.clock.now())
        self.one_time_codes = FakeOneTimeCodes()
        # What it counts, it counts in memory: there is nothing to fake.
        minute = timedelta(minutes=1)
        self.refresh_limiter = TokenBuckets(REFRESHES_PER_MINUTE, minute, TooManyRefreshes)

        record_event = RecordEvent(self.ids)
        end_session = EndSession(record_event)
        self.verify_password = VerifyPassword(
            self.uow, self.hasher, record_event, self.clock, self.throttle_policy
        )
        check_second_factor = CheckSecondFactor(
            self.one_time_codes, record_event, self.throttle_policy
        )
        activate_second_factor = ActivateSecondFactor(
            check_second_factor, end_session, record_event
        )
        verify_credentials = VerifyCredentials(self.uow, self.verify_password)
        prove_owner = ProveOwner(self.uow, self.verify_password, check_second_factor, self.clock)
        self.authenticate = Authenticate(self.uow, self.access_tokens, self.clock, leeway)

        common = {COMMON_PASSWORD}
        self.signup = Signup(
            self.uow,
            self.hasher,
            common,
            self.clock,
            self.ids,
            self.throttle_policy.signup,
            signup_is_open,
        )
        self.profile = Profile(self.uow)
        self.change_profile = ChangeProfile(self.uow, self.authenticate)
        self.change_password = ChangePassword(
            self.uow,
            self.hasher,
            self.verify_password,
            check_second_factor,
            common,
            end_session,
            record_event,
            self.clock,
        )
        self.make_password_link = MakePasswordLink(self.uow, record_event, self.clock, self.ids)
        self.reset_password = ResetPassword(
            self.uow,
            self.hasher,
            common,
            end_session,
            record_event,
            self.clock,
            self.throttle_policy.network,
        )
        self.delete_account = DeleteAccount(prove_owner, record_event)
        self.export_account = ExportAccount(self.uow)
        self.list_security_events = ListSecurityEvents(self.uow)
        self.forget_old = ForgetOld(self.uow, self.clock, RETENTION)

        grant_tokens = GrantTokens(self.access_tokens, self.refresh_tokens, self.ids, self.policy)
        self.login = Login(
            self.uow,
            self.hasher,
            verify_credentials,
            check_second_factor,
            activate_second_factor,
            end_session,
            grant_tokens,
            record_event,
            self.clock,
            self.ids,
            self.policy,
            second_factor_is_required,
        )
        self.refresh = Refresh(
            self.uow,
            self.refresh_tokens,
            grant_tokens,
            self.clock,
            record_event,
            self.refresh_limiter,
            self.policy,
        )
        self.logout = Logout(self.uow, end_session, self.refresh_tokens, self.clock)
        self.reauthenticate = Reauthenticate(
            prove_owner, end_session, grant_tokens, record_event, self.ids, self.policy
        )
        self.list_sessions = ListSessions(self.uow, self.clock)
        self.revoke_session = RevokeSession(self.uow, end_session, self.clock, self.policy)
        self.revoke_other_sessions = RevokeOtherSessions(
            self.uow, end_session, self.clock, self.policy
        )

        self.describe_second_factor = DescribeSecondFactor(self.uow)
        self.begin_second_factor = BeginSecondFactor(
            self.uow,
            verify_credentials,
            record_event,
            self.one_time_codes,
            self.clock,
            self.ids,
        )
        self.confirm_second_factor = ConfirmSecondFactor(
            self.uow, activate_second_factor, self.clock
        )
        self.remove_second_factor = RemoveSecondFactor(
            self.uow, prove_owner, end_session, record_event, self.clock
        )
        self.renew_recovery_codes = RenewRecoveryCodes(prove_owner, record_event, self.ids)

        self._serve_tasks(max_tasks)
        self._serve_the_operator(record_event, end_session, leeway)

    def _serve_tasks(self, max_tasks: int) -> None:
        minute = timedelta(minutes=1)
        change_limiter = TokenBuckets(TASK_CHANGES_PER_MINUTE, minute, TooManyTaskChanges)
        limit_changes = LimitChanges(change_limiter, self.clock)
        self.add_task = AddTask(self.uow, self.authenticate, limit_changes, self.clock, max_tasks)
        self.get_task = GetTask(self.uow)
        self.list_tasks = ListTasks(self.uow)
        self.change_task = ChangeTask(self.uow, self.authenticate, limit_changes)
        self.delete_task = DeleteTask(self.uow, self.authenticate, limit_changes)

    def _serve_the_operator(
        self, record_event: RecordEvent, end_session: EndSession, leeway: timedelta
    ) -> None:
        self.disable_user = DisableUser(self.uow, end_session, record_event, self.clock)
        self.enable_user = EnableUser(self.uow, record_event, self.clock)
        self.end_by_operator = EndByOperator(self.uow, end_session, self.clock)

        self.rotate_keys = RotateKeys(self.keyring, self.uow, record_event, self.clock)
        self.prune_keys = PruneKeys(
            self.keyring, self.uow, self.one_time_codes, self.clock, self.policy, leeway
        )
        self.rotate_old_keys = RotateOldKeys(
            self.keyring, self.rotate_keys, self.prune_keys, self.clock, KEY_LIFETIME
        )

    def user(self, email: str = "ada@example.org") -> User:
        """Somebody who signed up with ``PASSWORD``."""
        return self.signup(SignupCommand(email, PASSWORD, PASSWORD, "Ada", "Lovelace", LAPTOP))

    def logged_in(
        self, user: User, client: Client = LAPTOP, password: str = PASSWORD, code: str = ""
    ) -> TokenGrant:
        return self.login(LoginCommand(user.email, password, client, code))

    def proof(
        self,
        grant: TokenGrant,
        client: Client = LAPTOP,
        password: str = PASSWORD,
        code: str = "",
    ) -> OwnersProof:
        """What the one who got these tokens gives for what is sensitive."""
        return OwnersProof(grant.access.session_id, password, code, client)

    def pending_second_factor(self, user: User, password: str = PASSWORD) -> PendingSecondFactor:
        return self.begin_second_factor(BeginSecondFactorCommand(user.email, password, LAPTOP))

    def code(self, factor: PendingSecondFactor) -> str:
        """What the user's authenticator app shows now."""
        return shown_at(factor.seed, self.clock.now())

    def refreshed(
        self, refresh_token: str, user_id: UserId | None = None, client: Client = LAPTOP
    ) -> TokenGrant:
        return self.refresh(RefreshCommand(refresh_token, user_id, client))

    def session_of(self, grant: TokenGrant) -> Session:
        """The session behind these tokens, as it is stored."""
        return self.store.sessions[grant.access.session_id]

    def tasks_of(self, user_id: UserId) -> Sequence[Task]:
        tasks = self.list_tasks(user_id).tasks
        assert tasks is not None
        return tasks

    def revision_of(self, user: User) -> int:
        """How often the user's list of tasks has changed."""
        with self.uow.read() as tx:
            return tx.task_lists.revision(user.id)

    @property
    def security_events(self) -> Sequence[SecurityEvent]:
        return list(self.store.security_events.values())

    def events_of(self, *kinds: SecurityEventKind) -> Sequence[SecurityEvent]:
        return [event for event in self.security_events if event.kind in kinds]

    @property
    def attempts(self) -> Mapping[ThrottleKey, int]:
        """How many wrong passwords are counted for which key, where there are any."""
        signups = signup_key(LAPTOP.ip_address)
        throttles = self.store.throttles.values()
        return {one.key: one.attempts for one in throttles if one.attempts and one.key != signups}

    def save(self, user: User) -> None:
        with self.uow.begin() as tx:
            tx.users.lock(user.id)
            tx.users.save(user)
            tx.commit()

    def disable(self, user: User) -> None:
        self.save(replace(user, disabled_at=self.clock.now()))

    def set_password(self, user: User, password: str) -> None:
        """As the operator would, without a look at sessions."""
        self.save(user.with_password_hash(self.hasher.hash(password)))

    def changed_password(
        self, grant: TokenGrant, password: str, current: str = PASSWORD, client: Client = LAPTOP
    ) -> None:
        """Ask for it as the one who got these tokens."""
        access = grant.access
        command = ChangePasswordCommand(
            access.user_id, access.session_id, current, password, password, client
        )
        self.change_password(command)

    def remove(self, user: User) -> None:
        """Take the user, and all that hangs on the user, out of the store."""
        store = self.store
        del store.users[user.id]
        store.task_lists.pop(user.id, None)
        store.password_resets.pop(user.id, None)
        store.second_factors.pop(user.id, None)
        for number in [task.number for task in store.tasks.values() if task.user_id == user.id]:
            del store.tasks[user.id, number]
        for session in [one for one in store.sessions.values() if one.user_id == user.id]:
            del store.sessions[session.id]
