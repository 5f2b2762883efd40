"""Everything there is, in memory: the ports' fakes and the use cases over them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from application.accounts.profile import Profile
from application.accounts.signup import Signup, SignupCommand
from application.keys.prune_keys import PruneKeys
from application.keys.rotate_keys import RotateKeys
from application.sessions.authenticate import Authenticate
from application.sessions.grant_tokens import GrantTokens, TokenGrant
from application.sessions.login import Login, LoginCommand
from application.sessions.logout import Logout
from application.sessions.refresh import Refresh, RefreshCommand
from application.tasks.add_task import AddTask
from application.tasks.change_task import ChangeTask
from application.tasks.delete_task import DeleteTask
from application.tasks.get_task import GetTask
from application.tasks.list_tasks import ListTasks
from domain.security_event import SecurityEvent
from domain.session import Client, Session, SessionPolicy
from domain.user import User, UserId
from tests.unit.fakes.access_tokens import FakeAccessTokens
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.ids import FakeIds
from tests.unit.fakes.in_memory_store import InMemoryStore
from tests.unit.fakes.keyring import FakeKeyring
from tests.unit.fakes.password_hasher import FakePasswordHasher
from tests.unit.fakes.refresh_tokens import FakeRefreshTokens
from tests.unit.fakes.unit_of_work import FakeUnitOfWork

PASSWORD = "correct horse battery staple"
COMMON_PASSWORD = "trustno1!"
LAPTOP = Client("laptop", "Mozilla/5.0", "192.0.2.1")
PHONE = Client("phone", "Phone/1.0", "198.51.100.2")


class World:
    def __init__(
        self, policy: SessionPolicy | None = None, leeway: timedelta = timedelta(0)
    ) -> None:
        self.policy = policy or SessionPolicy()
        self.clock = FakeClock()
        self.ids = FakeIds()
        self.store = InMemoryStore()
        self.uow = FakeUnitOfWork(self.store)
        self.hasher = FakePasswordHasher()
        self.access_tokens = FakeAccessTokens()
        self.refresh_tokens = FakeRefreshTokens()
        self.keyring = FakeKeyring(self.clock.now())

        self.signup = Signup(self.uow, self.hasher, {COMMON_PASSWORD}, self.clock, self.ids)
        self.profile = Profile(self.uow)

        grant_tokens = GrantTokens(self.access_tokens, self.refresh_tokens, self.ids, self.policy)
        self.login = Login(self.uow, self.hasher, grant_tokens, self.clock, self.ids, self.policy)
        self.refresh = Refresh(
            self.uow, self.refresh_tokens, grant_tokens, self.clock, self.ids, self.policy
        )
        self.logout = Logout(self.uow, self.clock)
        self.authenticate = Authenticate(self.uow, self.access_tokens, self.clock, leeway)

        self.add_task = AddTask(self.uow, self.clock)
        self.get_task = GetTask(self.uow)
        self.list_tasks = ListTasks(self.uow)
        self.change_task = ChangeTask(self.uow)
        self.delete_task = DeleteTask(self.uow)

        self.rotate_keys = RotateKeys(self.keyring, self.clock)
        self.prune_keys = PruneKeys(self.keyring, self.clock, self.policy)

    def user(self, email: str = "ada@example.org") -> User:
        """Somebody who signed up with ``PASSWORD``."""
        return self.signup(SignupCommand(email, PASSWORD, PASSWORD, "Ada", "Lovelace"))

    def logged_in(self, user: User, client: Client = LAPTOP) -> TokenGrant:
        return self.login(LoginCommand(user.email, PASSWORD, client))

    def refreshed(
        self, refresh_token: str, user_id: UserId | None = None, client: Client = LAPTOP
    ) -> TokenGrant:
        return self.refresh(RefreshCommand(refresh_token, user_id, client))

    def session_of(self, grant: TokenGrant) -> Session:
        """The session behind these tokens, as it is stored."""
        return self.store.sessions[grant.access.session_id]

    def revision_of(self, user: User) -> int:
        """How often the user's list of tasks has changed."""
        with self.uow.read() as tx:
            return tx.task_lists.revision(user.id)

    @property
    def security_events(self) -> Sequence[SecurityEvent]:
        return list(self.store.security_events.values())

    def save(self, user: User) -> None:
        with self.uow.begin() as tx:
            tx.users.lock(user.id)
            tx.users.save(user)
            tx.commit()

    def disable(self, user: User) -> None:
        self.save(replace(user, disabled_at=self.clock.now()))

    def change_password(self, user: User, password: str) -> None:
        self.save(user.with_password_hash(self.hasher.hash(password)))

    def remove(self, user: User) -> None:
        """Take the user, and all that hangs on the user, out of the store."""
        store = self.store
        del store.users[user.id]
        store.task_lists.pop(user.id, None)
        for number in [task.number for task in store.tasks.values() if task.user_id == user.id]:
            del store.tasks[user.id, number]
        for session in [one for one in store.sessions.values() if one.user_id == user.id]:
            del store.sessions[session.id]
