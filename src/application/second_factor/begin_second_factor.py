from collections.abc import Sequence
from dataclasses import dataclass, field

from application.accounts.verify_credentials import VerifyCredentials
from application.ports.clock import Clock
from application.ports.ids import Ids
from application.ports.one_time_codes import OneTimeCodes
from application.ports.unit_of_work import UnitOfWork
from application.sessions.record_event import RecordEvent
from domain.second_factor import RECOVERY_CODES, RecoveryCode, SecondFactor, SecondFactorExists
from domain.security_event import SecurityEventKind
from domain.session import Client
from domain.user import EmailAddress, User


@dataclass(frozen=True, slots=True)
class BeginSecondFactorCommand:
    email: str
    password: str
    client: Client


@dataclass(frozen=True, slots=True)
class PendingSecondFactor:
    """What is shown to the user, once: the seed in base32, and the recovery codes."""

    email: EmailAddress
    seed: str = field(repr=False)
    recovery_codes: Sequence[RecoveryCode] = field(repr=False)


@dataclass(frozen=True, slots=True)
class BeginSecondFactor:
    """Make a second factor that a first code makes active. A pending one before it is void.

    It takes a password and no session, so that it can also be done where no login is possible
    without a second factor. Raises what VerifyCredentials raises, and SecondFactorExists.
    """

    uow: UnitOfWork
    verify_credentials: VerifyCredentials
    record_event: RecordEvent
    one_time_codes: OneTimeCodes
    clock: Clock
    ids: Ids

    def __call__(self, command: BeginSecondFactorCommand) -> PendingSecondFactor:
        known = self.verify_credentials(command.email, command.password, command.client)
        pending = self._begin(known, command.client)
        # The password changed while it was verified, or a login hashed it anew: ask again.
        return pending if pending is not None else self(command)

    def _begin(self, verified: User, client: Client) -> PendingSecondFactor | None:
        """None when the password that was verified is not the user's any more."""
        now = self.clock.now()
        recovery_codes = [self.ids.recovery_code() for _ in range(RECOVERY_CODES)]
        sealed_seed = self.one_time_codes.new_seed(verified.id, now)
        seed = self.one_time_codes.reveal(verified.id, sealed_seed)
        with self.uow.begin() as tx:
            user = self.verify_credentials.hold(tx, verified)
            if user is None:
                return None
            before = tx.second_factors.of_user(user.id)
            if before is not None and before.is_active:
                raise SecondFactorExists
            factor = SecondFactor.begin(user.id, sealed_seed, recovery_codes, now)
            tx.second_factors.put(factor)
            kind = SecurityEventKind.SECOND_FACTOR_BEGUN
            self.record_event(tx, kind, now, client, user.id)
            tx.commit()
        return PendingSecondFactor(verified.email, seed, recovery_codes)
