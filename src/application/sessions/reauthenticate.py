from dataclasses import dataclass
from datetime import datetime

from application.accounts.prove_owner import OwnersProof, ProveOwner
from application.ports.ids import Ids
from application.ports.unit_of_work import Transaction
from application.sessions.end_session import EndSession
from application.sessions.grant_tokens import GrantTokens, TokenGrant
from application.sessions.record_event import RecordEvent
from domain.security_event import SecurityEventKind
from domain.session import (
    Client,
    InvalidAccessToken,
    RevocationReason,
    Session,
    SessionId,
    SessionPolicy,
)


@dataclass(frozen=True, slots=True)
class Reauthenticate:
    """Put a new session in the place of one whose owner has just given the password again.

    A copy of the tokens of the one before opens nothing of what the password does, and they die
    with the grace period: till then a client that never got the answer asks again with them.
    Raises what ProveOwner raises.
    """

    prove_owner: ProveOwner
    end_session: EndSession
    grant_tokens: GrantTokens
    record_event: RecordEvent
    ids: Ids
    policy: SessionPolicy

    def __call__(self, proof: OwnersProof) -> TokenGrant:
        client = proof.client
        with self.prove_owner.or_again(proof) as (tx, user, now, second):
            before = self._retire(tx, proof.session_id, now, client)
            # Whoever asks again begins one more, and can ask once more.
            self.end_session.for_another(tx, user.id, now, client, self.policy, but=before.id)
            session, refresh_token = before.succeed(
                self.ids.session_id(), self.ids.session_secret(), client, now, self.policy
            )
            tx.sessions.add(session)
            kind = SecurityEventKind.LOGGED_IN
            self.record_event(tx, kind, now, client, user.id, session.id, second or "")
            tx.commit()
        return self.grant_tokens(user, session, refresh_token, now)

    def _retire(
        self, tx: Transaction, session_id: SessionId, now: datetime, client: Client
    ) -> Session:
        """Told of once: whoever asks again has lost the answer."""
        # A refresh that comes between is decided anew: the end wins.
        while (session := tx.sessions.get(session_id)) and session.lifetime.is_live(now):
            if session.is_retired:
                return session
            if tx.sessions.replace(session, session.retire(now, self.policy)):
                kind, why = SecurityEventKind.SESSION_ENDED, RevocationReason.PASSWORD_GIVEN_AGAIN
                self.record_event(tx, kind, now, client, session.user_id, session.id, why)
                return session
        raise InvalidAccessToken
