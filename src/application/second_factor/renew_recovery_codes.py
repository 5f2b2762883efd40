from collections.abc import Sequence
from dataclasses import dataclass

from application.accounts.prove_owner import OwnersProof, ProveOwner
from application.ports.ids import Ids
from application.sessions.record_event import RecordEvent
from domain.second_factor import RECOVERY_CODES, NoSecondFactor, RecoveryCode
from domain.security_event import SecurityEventKind


@dataclass(frozen=True, slots=True)
class RenewRecoveryCodes:
    """Make new recovery codes; those before are void.

    Raises NoSecondFactor, and what ProveOwner raises.
    """

    prove_owner: ProveOwner
    record_event: RecordEvent
    ids: Ids

    def __call__(self, proof: OwnersProof) -> Sequence[RecoveryCode]:
        recovery_codes = [self.ids.recovery_code() for _ in range(RECOVERY_CODES)]
        with self.prove_owner(proof) as (tx, user, now, _):
            factor = tx.second_factors.of_user(user.id)
            if factor is None or not factor.is_active:
                raise NoSecondFactor
            tx.second_factors.put(factor.renew_recovery_codes(recovery_codes))
            kind = SecurityEventKind.RECOVERY_CODES_RENEWED
            self.record_event(tx, kind, now, proof.client, user.id, proof.session_id)
            tx.commit()
        return recovery_codes
