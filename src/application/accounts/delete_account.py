from dataclasses import dataclass

from application.accounts.prove_owner import OwnersProof, ProveOwner
from application.sessions.record_event import RecordEvent
from domain.security_event import SecurityEventKind
from domain.session import NOWHERE
from domain.throttle import code_keys, password_keys


@dataclass(frozen=True, slots=True)
class DeleteAccount:
    """Remove a user and all that is theirs; their sessions end at once.

    What stays is one security event: that the account of this number was deleted, and when.
    Raises what ProveOwner raises.
    """

    prove_owner: ProveOwner
    record_event: RecordEvent

    def __call__(self, proof: OwnersProof) -> None:
        with self.prove_owner(proof) as (tx, user, now, _):
            # Whoever is writing a task comes first, and would else wait for the user in turn.
            tx.task_lists.touch(user.id)
            networks = tx.sessions.networks_of(user.id)
            for key in (*password_keys(user.email, networks), *code_keys(user.id, networks)):
                tx.throttles.remove(key)
            tx.users.remove(user.id)
            tx.security_events.remove_of_user(user.id)
            self.record_event(tx, SecurityEventKind.ACCOUNT_DELETED, now, NOWHERE, user.id)
            tx.commit()
