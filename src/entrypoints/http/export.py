import orjson
from falcon import Request, Response

from application.accounts.export_account import AccountExport, ExportAccount
from domain.second_factor import SecondFactor
from domain.security_event import SecurityEvent
from domain.session import Session
from entrypoints.http.authentication import caller
from entrypoints.http.operation import Access, Answer, Operation, operation
from entrypoints.http.profile import user_answer
from entrypoints.http.schemas import (
    AccountExportAnswer,
    StoredSecondFactorAnswer,
    StoredSecurityEventAnswer,
    StoredSessionAnswer,
)
from entrypoints.http.security_events import event_answer
from entrypoints.http.tasks import task_answer


class ExportResource:
    def __init__(self, export_account: ExportAccount) -> None:
        self._export_account = export_account

    @operation(
        Operation(
            id="exportAccount",
            summary="All that is stored about you",
            access=Access.SIGNED_IN,
            answer=Answer(
                200,
                "One document, without secrets.",
                AccountExportAnswer,
                headers={"Content-Disposition": "A file name to save it under"},
            ),
        )
    )
    def on_get(self, req: Request, resp: Response) -> None:
        export = self._export_account(caller(req).user_id)
        resp.set_header("Content-Disposition", 'attachment; filename="taskward.json"')
        resp.data = orjson.dumps(_answer(export), option=orjson.OPT_UTC_Z)


def _answer(export: AccountExport) -> AccountExportAnswer:
    return AccountExportAnswer(
        user=user_answer(export.user),
        secondFactor=None if export.second_factor is None else _factor(export.second_factor),
        tasks=[task_answer(task) for task in export.tasks],
        sessions=[_session(session) for session in export.sessions],
        securityEvents=[_event(event) for event in export.security_events],
    )


def _factor(factor: SecondFactor) -> StoredSecondFactorAnswer:
    return StoredSecondFactorAnswer(
        begunAt=factor.begun_at,
        confirmedAt=factor.confirmed_at,
        lastStep=factor.last_step,
        recoveryCodesLeft=len(factor.recovery_hashes),
    )


def _session(session: Session) -> StoredSessionAnswer:
    return StoredSessionAnswer(
        id=session.id.hex(),
        label=session.client.label,
        userAgent=session.client.user_agent,
        address=session.client.ip_address,
        createdAt=session.created_at,
        authenticatedAt=session.authenticated_at,
        lastUsedAt=session.rotated_at,
        idleExpiresAt=session.lifetime.idle_expires_at,
        expiresAt=session.lifetime.expires_at,
        generation=session.generation,
        graceHits=session.grace_hits,
        revokedAt=session.lifetime.revoked_at,
        revocationReason=session.revocation_reason,
    )


def _event(event: SecurityEvent) -> StoredSecurityEventAnswer:
    client = event.client
    return {**event_answer(event), "label": client.label, "userAgent": client.user_agent}
