from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from application.ports.clock import Clock
from application.ports.keyring import KeyDescription, Keyring
from application.ports.one_time_codes import OneTimeCodes
from application.ports.unit_of_work import UnitOfWork
from domain.second_factor import SecondFactor, UnreadableSecondFactor
from domain.session import SessionPolicy
from domain.user import UserId

_PAGE = 500


@dataclass(frozen=True, slots=True)
class PruneKeys:
    """Remove keys with which no token was made that could still be accepted.

    Before that, the seeds of second factors are sealed anew with the key in use. ``leeway`` is for
    how long an access token is accepted after it has expired. Raises KeyringError, and
    StoreUnavailable, which leaves all keys as they are.
    """

    keyring: Keyring
    uow: UnitOfWork
    one_time_codes: OneTimeCodes
    clock: Clock
    policy: SessionPolicy
    leeway: timedelta

    def __call__(self) -> Sequence[KeyDescription]:
        now = self.clock.now()
        self._reseal(now)
        return self.keyring.prune(
            access_before=now - self.policy.access_token - self.leeway,
            refresh_before=now - self.policy.idle,
        )

    def _reseal(self, now: datetime) -> None:
        after = UserId(0)
        while True:
            with self.uow.read() as tx:
                page = tx.second_factors.page(after, _PAGE)
            if not page:
                return
            for factor in page:
                if self._resealed(factor, now) != factor:
                    self._reseal_one(factor.user_id, now)
            after = page[-1].user_id

    def _reseal_one(self, user_id: UserId, now: datetime) -> None:
        """In a transaction of its own, since others wait to write meanwhile."""
        with self.uow.begin() as tx:
            tx.users.lock(user_id)
            factor = tx.second_factors.of_user(user_id)
            if factor is not None:
                tx.second_factors.put(self._resealed(factor, now))
                tx.commit()

    def _resealed(self, factor: SecondFactor, now: datetime) -> SecondFactor:
        try:
            sealed_seed = self.one_time_codes.reseal(factor.user_id, factor.sealed_seed, now)
        except UnreadableSecondFactor:
            # Its key is gone already, and with it nothing more is lost.
            return factor
        return factor.reseal(sealed_seed)
