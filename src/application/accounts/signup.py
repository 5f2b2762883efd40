from collections.abc import Container
from dataclasses import dataclass

from application.ports.clock import Clock
from application.ports.ids import Ids
from application.ports.password_hasher import PasswordHasher
from application.ports.unit_of_work import UnitOfWork
from domain.password import PasswordMismatch, check_password
from domain.session import Client
from domain.throttle import Limit, TooManySignups, signup_key
from domain.user import SignupClosed, User, parse_email, parse_name


@dataclass(frozen=True, slots=True)
class SignupCommand:
    """``client`` is None where the operator opens the account.

    That counts for no network, and sign-up is never closed to it.
    """

    email: str
    password: str
    confirm_password: str
    first_name: str
    last_name: str
    client: Client | None


@dataclass(frozen=True, slots=True)
class Signup:
    """Open an account.

    Raises SignupClosed, InvalidSignup, PasswordMismatch, WeakPassword, EmailTaken or
    TooManySignups.
    """

    uow: UnitOfWork
    hasher: PasswordHasher
    common_passwords: Container[str]
    clock: Clock
    ids: Ids
    limit: Limit
    is_open: bool

    def __call__(self, command: SignupCommand) -> User:
        if command.client is not None and not self.is_open:
            raise SignupClosed
        email = parse_email(command.email)
        first_name = parse_name(command.first_name, "first name")
        last_name = parse_name(command.last_name, "last name")
        if command.password != command.confirm_password:
            raise PasswordMismatch
        check_password(
            command.password,
            email=email,
            names=(first_name, last_name),
            common=self.common_passwords,
        )
        if command.client is not None:
            self._count(command.client)
        user = User(
            id=self.ids.user_id(),
            email=email,
            first_name=first_name,
            last_name=last_name,
            password_hash=self.hasher.hash(command.password),
            created_at=self.clock.now(),
        )
        with self.uow.begin() as tx:
            tx.users.add(user)
            tx.commit()
        return user

    def _count(self, client: Client) -> None:
        now = self.clock.now()
        key = signup_key(client.ip_address)
        with self.uow.begin() as tx:
            throttle = tx.throttles.lock(key, now)
            tx.throttles.save(throttle.attempt(now, self.limit, TooManySignups))
            tx.commit()
