from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from application.ports.clock import Clock
from application.ports.keyring import KeyDescription, Keyring
from application.ports.one_time_codes import OneTimeCodes
from application.ports.unit_of_work import Transaction, UnitOfWork
from domain.second_factor import UnreadableSecondFactor
from domain.session import SessionPolicy
from domain.user import UserId

_PAGE = 500


@dataclass(frozen=True, slots=True)
class PruneKeys:
    """Remove keys with which no token was made that could still be accepted.

    What they seal, the seeds of second factors, is sealed with the key in use before. ``leeway`` is
    for how long an access token is accepted after it has expired.
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
            with self.uow.begin() as tx:
                for found in page:
                    self._reseal_one(tx, found.user_id, now)
                tx.commit()
            after = page[-1].user_id

    def _reseal_one(self, tx: Transaction, user_id: UserId, now: datetime) -> None:
        tx.users.lock(user_id)
        factor = tx.second_factors.of_user(user_id)
        if factor is None:
            return
        try:
            sealed = self.one_time_codes.reseal(user_id, factor.sealed_seed, now)
        except UnreadableSecondFactor:
            # Its key is gone already, and with it nothing more is lost.
            return
        if sealed != factor.sealed_seed:
            tx.second_factors.put(factor.reseal(sealed))
