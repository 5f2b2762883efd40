from dataclasses import dataclass
from datetime import datetime

from application.ports.ids import Ids
from application.ports.unit_of_work import Transaction
from domain.security_event import SecurityEvent, SecurityEventKind
from domain.session import Client, SessionId
from domain.user import UserId


@dataclass(frozen=True, slots=True)
class RecordEvent:
    """Write a security event in the transaction of what it records: shared by many use cases."""

    ids: Ids

    def __call__(
        self,
        tx: Transaction,
        kind: SecurityEventKind,
        at: datetime,
        client: Client,
        user_id: UserId | None = None,
        session_id: SessionId | None = None,
        detail: str = "",
    ) -> None:
        tx.security_events.add(
            SecurityEvent(
                id=self.ids.security_event_id(),
                kind=kind,
                at=at,
                user_id=user_id,
                session_id=session_id,
                client=client,
                detail=detail,
            )
        )
