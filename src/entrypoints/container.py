"""The composition root: which adapter stands behind which port, and nothing else."""

from datetime import timedelta

from dependency_injector import containers
from dependency_injector.providers import Dependency, Factory, Object, Provider, Singleton

from adapters.persistence.directory import SqlDirectory
from adapters.persistence.engine import Database
from adapters.persistence.schema import SqlSchema
from adapters.persistence.snapshots import SqlSnapshots
from adapters.persistence.turn import Turn
from adapters.persistence.unit_of_work import SqlUnitOfWork
from adapters.security import pbkdf2
from adapters.security.argon2_hasher import Argon2Hasher
from adapters.security.common_passwords import CommonPasswords
from adapters.security.jwt_access_tokens import JwtAccessTokens
from adapters.security.keyring import FileKeyring
from adapters.security.one_time_codes import SealedOneTimeCodes
from adapters.security.refresh_token_codec import RefreshTokenCodec
from adapters.system.clock import SystemClock
from adapters.system.cores import Cores
from adapters.system.heap import Heap
from adapters.system.ids import RandomIds
from adapters.system.token_bucket import TokenBuckets
from application.accounts.change_password import ChangePassword
from application.accounts.change_profile import ChangeProfile
from application.accounts.delete_account import DeleteAccount
from application.accounts.disable_user import DisableUser
from application.accounts.enable_user import EnableUser
from application.accounts.export_account import ExportAccount
from application.accounts.forget_old import ForgetOld
from application.accounts.import_accounts import ImportAccounts
from application.accounts.list_security_events import ListSecurityEvents
from application.accounts.make_password_link import MakePasswordLink
from application.accounts.profile import Profile
from application.accounts.prove_owner import ProveOwner
from application.accounts.reset_password import ResetPassword
from application.accounts.signup import Signup
from application.accounts.verify_credentials import VerifyCredentials
from application.accounts.verify_password import VerifyPassword
from application.keys.prune_keys import PruneKeys
from application.keys.rotate_keys import RotateKeys
from application.keys.rotate_old_keys import RotateOldKeys
from application.ports.access_tokens import AccessTokens
from application.ports.clock import Clock
from application.ports.directory import Directory
from application.ports.ids import Ids
from application.ports.imported_hash import ImportedHash
from application.ports.one_time_codes import OneTimeCodes
from application.ports.password_hasher import PasswordHasher
from application.ports.rate_limiter import RateLimiter
from application.ports.refresh_tokens import RefreshTokens
from application.ports.snapshots import Snapshots
from application.ports.store import Store
from application.ports.unit_of_work import UnitOfWork
from application.second_factor.activate_second_factor import ActivateSecondFactor
from application.second_factor.begin_second_factor import BeginSecondFactor
from application.second_factor.check_second_factor import CheckSecondFactor
from application.second_factor.confirm_second_factor import ConfirmSecondFactor
from application.second_factor.describe_second_factor import DescribeSecondFactor
from application.second_factor.remove_second_factor import RemoveSecondFactor
from application.second_factor.renew_recovery_codes import RenewRecoveryCodes
from application.sessions.authenticate import Authenticate
from application.sessions.end_by_operator import EndByOperator
from application.sessions.end_session import EndSession
from application.sessions.grant_tokens import GrantTokens
from application.sessions.list_sessions import ListSessions
from application.sessions.login import Login
from application.sessions.logout import Logout
from application.sessions.reauthenticate import Reauthenticate
from application.sessions.record_event import RecordEvent
from application.sessions.refresh import Refresh
from application.sessions.revoke_other_sessions import RevokeOtherSessions
from application.sessions.revoke_session import RevokeSession
from application.tasks.add_task import AddTask
from application.tasks.change_task import ChangeTask
from application.tasks.delete_task import DeleteTask
from application.tasks.get_task import GetTask
from application.tasks.limit_changes import LimitChanges
from application.tasks.list_tasks import ListTasks
from domain.task import TooManyTaskChanges
from domain.throttle import TooManyRefreshes
from entrypoints.settings import Settings

A_MINUTE = timedelta(minutes=1)


class Container(containers.DeclarativeContainer):
    settings: Provider[Settings] = Dependency(instance_of=Settings)
    policy = settings.provided.session_policy

    clock: Provider[Clock] = Singleton(SystemClock)
    ids: Provider[Ids] = Singleton(RandomIds)

    heap: Provider[Heap] = Singleton(Heap)
    cores: Provider[Cores] = Singleton(Cores)
    turn: Provider[Turn] = Singleton(Turn)
    database = Singleton(Database, settings.provided.resolved_database_url, turn=turn)
    store: Provider[Store] = Singleton(SqlSchema, database)
    uow: Provider[UnitOfWork] = Singleton(SqlUnitOfWork, database)
    snapshots: Provider[Snapshots] = Singleton(SqlSnapshots, database)
    directory: Provider[Directory] = Singleton(SqlDirectory, database)

    hasher: Provider[PasswordHasher] = Singleton(
        Argon2Hasher,
        memory_cost=settings.provided.argon2_memory_kib,
        time_cost=settings.provided.argon2_time_cost,
        concurrency=settings.provided.hashing_concurrency,
        queue=settings.provided.hashing_queue,
        aside=turn.provided.aside,
        on_thread_start=cores.provided.use_all,
    )
    imported_hash: Provider[ImportedHash] = Object(pbkdf2.encode)
    known_passwords: Provider[CommonPasswords] = Singleton(CommonPasswords)
    keyring: Provider[FileKeyring] = Singleton(
        FileKeyring,
        settings.provided.resolved_keyring_file,
        algorithm=settings.provided.jwt_algorithm,
        clock=clock,
    )
    access_tokens: Provider[AccessTokens] = Singleton(
        JwtAccessTokens,
        keyring,
        issuer=settings.provided.jwt_issuer,
        audience=settings.provided.jwt_audience,
    )
    refresh_tokens: Provider[RefreshTokens] = Singleton(RefreshTokenCodec, keyring)

    one_time_codes: Provider[OneTimeCodes] = Singleton(SealedOneTimeCodes, keyring)

    refresh_limiter: Provider[RateLimiter] = Singleton(
        TokenBuckets, settings.provided.refreshes_per_minute, A_MINUTE, TooManyRefreshes
    )
    change_limiter: Provider[RateLimiter] = Singleton(
        TokenBuckets, settings.provided.task_changes_per_minute, A_MINUTE, TooManyTaskChanges
    )
    record_event: Provider[RecordEvent] = Factory(RecordEvent, ids)
    end_session: Provider[EndSession] = Factory(EndSession, record_event)
    verify_password: Provider[VerifyPassword] = Factory(
        VerifyPassword, uow, hasher, record_event, clock, settings.provided.throttle_policy
    )
    verify_credentials: Provider[VerifyCredentials] = Factory(
        VerifyCredentials, uow, verify_password
    )
    check_second_factor: Provider[CheckSecondFactor] = Factory(
        CheckSecondFactor, one_time_codes, record_event, settings.provided.throttle_policy
    )
    activate_second_factor: Provider[ActivateSecondFactor] = Factory(
        ActivateSecondFactor, check_second_factor, end_session, record_event
    )
    prove_owner: Provider[ProveOwner] = Factory(
        ProveOwner, uow, verify_password, check_second_factor, clock
    )

    authenticate: Provider[Authenticate] = Factory(
        Authenticate, uow, access_tokens, clock, settings.provided.jwt_leeway
    )

    signup: Provider[Signup] = Factory(
        Signup,
        uow,
        hasher,
        known_passwords,
        clock,
        ids,
        settings.provided.throttle_policy.signup,
        settings.provided.signup_is_open,
    )
    profile: Provider[Profile] = Factory(Profile, uow)
    change_profile: Provider[ChangeProfile] = Factory(ChangeProfile, uow, authenticate)
    change_password: Provider[ChangePassword] = Factory(
        ChangePassword,
        uow,
        hasher,
        verify_password,
        check_second_factor,
        known_passwords,
        end_session,
        record_event,
        clock,
    )
    make_password_link: Provider[MakePasswordLink] = Factory(
        MakePasswordLink, uow, record_event, clock, ids
    )
    reset_password: Provider[ResetPassword] = Factory(
        ResetPassword,
        uow,
        hasher,
        known_passwords,
        end_session,
        record_event,
        clock,
        settings.provided.throttle_policy.network,
    )
    delete_account: Provider[DeleteAccount] = Factory(DeleteAccount, prove_owner, record_event)
    export_account: Provider[ExportAccount] = Factory(ExportAccount, uow)
    list_security_events: Provider[ListSecurityEvents] = Factory(ListSecurityEvents, uow)
    forget_old: Provider[ForgetOld] = Factory(
        ForgetOld, uow, clock, settings.provided.audit_retention
    )

    grant_tokens: Provider[GrantTokens] = Factory(
        GrantTokens, access_tokens, refresh_tokens, ids, policy
    )
    login: Provider[Login] = Factory(
        Login,
        uow,
        hasher,
        verify_credentials,
        check_second_factor,
        activate_second_factor,
        end_session,
        grant_tokens,
        record_event,
        clock,
        ids,
        policy,
        settings.provided.second_factor_is_required,
    )
    refresh: Provider[Refresh] = Factory(
        Refresh, uow, refresh_tokens, grant_tokens, clock, record_event, refresh_limiter, policy
    )
    reauthenticate: Provider[Reauthenticate] = Factory(
        Reauthenticate, prove_owner, end_session, grant_tokens, record_event, ids, policy
    )
    logout: Provider[Logout] = Factory(Logout, uow, end_session, refresh_tokens, clock)
    list_sessions: Provider[ListSessions] = Factory(ListSessions, uow, clock)
    revoke_session: Provider[RevokeSession] = Factory(
        RevokeSession, uow, end_session, clock, policy
    )
    revoke_other_sessions: Provider[RevokeOtherSessions] = Factory(
        RevokeOtherSessions, uow, end_session, clock, policy
    )

    describe_second_factor: Provider[DescribeSecondFactor] = Factory(DescribeSecondFactor, uow)
    begin_second_factor: Provider[BeginSecondFactor] = Factory(
        BeginSecondFactor, uow, verify_credentials, record_event, one_time_codes, clock, ids
    )
    confirm_second_factor: Provider[ConfirmSecondFactor] = Factory(
        ConfirmSecondFactor, uow, activate_second_factor, clock
    )
    remove_second_factor: Provider[RemoveSecondFactor] = Factory(
        RemoveSecondFactor, uow, prove_owner, end_session, record_event, clock
    )
    renew_recovery_codes: Provider[RenewRecoveryCodes] = Factory(
        RenewRecoveryCodes, prove_owner, record_event, ids
    )

    limit_changes: Provider[LimitChanges] = Factory(LimitChanges, change_limiter, clock)
    add_task: Provider[AddTask] = Factory(
        AddTask, uow, authenticate, limit_changes, clock, settings.provided.max_tasks
    )
    change_task: Provider[ChangeTask] = Factory(ChangeTask, uow, authenticate, limit_changes)
    delete_task: Provider[DeleteTask] = Factory(DeleteTask, uow, authenticate, limit_changes)
    get_task: Provider[GetTask] = Factory(GetTask, uow)
    list_tasks: Provider[ListTasks] = Factory(ListTasks, uow)

    rotate_keys: Provider[RotateKeys] = Factory(RotateKeys, keyring, uow, record_event, clock)
    prune_keys: Provider[PruneKeys] = Factory(
        PruneKeys, keyring, uow, one_time_codes, clock, policy, settings.provided.jwt_leeway
    )
    rotate_old_keys: Provider[RotateOldKeys] = Factory(
        RotateOldKeys, keyring, rotate_keys, prune_keys, clock, settings.provided.key_lifetime
    )

    disable_user: Provider[DisableUser] = Factory(
        DisableUser, uow, end_session, record_event, clock
    )
    enable_user: Provider[EnableUser] = Factory(EnableUser, uow, record_event, clock)
    import_accounts: Provider[ImportAccounts] = Factory(
        ImportAccounts, uow, imported_hash, clock, ids, settings.provided.max_tasks
    )
    end_by_operator: Provider[EndByOperator] = Factory(EndByOperator, uow, end_session, clock)
