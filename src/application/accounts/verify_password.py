from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from application.ports.clock import Clock
from application.ports.password_hasher import HasherBusy, PasswordHasher
from application.ports.unit_of_work import UnitOfWork
from application.sessions.record_event import RecordEvent
from domain.security_event import SecurityEventKind
from domain.session import Client
from domain.throttle import (
    Limit,
    Throttle,
    ThrottleKey,
    ThrottlePolicy,
    TooManyAttempts,
    network_key,
)
from domain.user import EmailAddress, User

Counted = Sequence[tuple[Throttle, Throttle]]
"""What an attempt was counted in, before and after it, in the order of their keys."""


@dataclass(frozen=True, slots=True)
class VerifyPassword:
    """Whether a password is the user's, while whoever guesses is slowed down.

    Shared by all that ask for one.

    An attempt is counted before it is verified, so that a thousand at once are no more than the
    few that are free, and forgotten when it was right. Nobody's password (None) takes as long.
    Raises TooManyAttempts or HasherBusy.
    """

    uow: UnitOfWork
    hasher: PasswordHasher
    record_event: RecordEvent
    clock: Clock
    policy: ThrottlePolicy

    def __call__(
        self, user: User | None, email: EmailAddress, password: str, client: Client
    ) -> bool:
        counted = self._count(self._limits(user, email, client), self.clock.now())
        try:
            right = self.hasher.verify(password, user.password_hash if user else None)
        except HasherBusy:
            self._take_back(counted, self.clock.now())
            raise
        if user is None or not right or not user.is_enabled:
            self._record_failure(user, client)
            return False
        self._forget(counted, client)
        return True

    def _limits(
        self, user: User | None, email: EmailAddress, client: Client
    ) -> Mapping[ThrottleKey, Limit]:
        address = client.ip_address
        if user is None:
            return self.policy.limits_for(email, address, is_known=False)
        with self.uow.read() as tx:
            # With a password of before, others may have come, too.
            since = user.has_password_since
            is_known = tx.sessions.began_near(user.id, address, since)
        return self.policy.limits_for(email, address, is_known=is_known)

    def _count(self, limits: Mapping[ThrottleKey, Limit], now: datetime) -> Counted:
        counted = []
        with self.uow.begin() as tx:
            for key in sorted(limits):
                before = tx.throttles.lock(key, now)
                after = before.attempt(now, limits[key], TooManyAttempts)
                tx.throttles.save(after)
                counted.append((before, after))
            tx.commit()
        return counted

    def _take_back(self, counted: Counted, now: datetime) -> None:
        with self.uow.begin() as tx:
            for before, after in counted:
                throttle = tx.throttles.lock(after.key, now)
                tx.throttles.save(throttle.take_back(before, after))
            tx.commit()

    def _forget(self, counted: Counted, client: Client) -> None:
        """The network keeps its count: else logging in to an own account would clear it."""
        of_network = network_key(client.ip_address)
        now = self.clock.now()
        with self.uow.begin() as tx:
            for before, after in counted:
                if after.key == of_network:
                    throttle = tx.throttles.lock(after.key, now)
                    tx.throttles.save(throttle.take_back(before, after))
                else:
                    tx.throttles.remove(after.key)
            tx.commit()

    def _record_failure(self, user: User | None, client: Client) -> None:
        now = self.clock.now()
        with self.uow.begin() as tx:
            # Of a user who was deleted meanwhile nothing may be left behind.
            known = tx.users.lock(user.id) if user else None
            user_id = known.id if known else None
            self.record_event(tx, SecurityEventKind.LOGIN_FAILED, now, client, user_id)
            tx.commit()
