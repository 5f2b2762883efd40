import re

import orjson
from falcon import HTTP_204, Request, Response

from application.sessions.list_sessions import ListSessions
from application.sessions.revoke_other_sessions import RevokeOtherSessions
from application.sessions.revoke_session import RevokeSession, RevokeSessionCommand
from domain.session import ReauthenticationRequired, Session, SessionId, SessionNotFound
from entrypoints.http.authentication import caller
from entrypoints.http.client import client_of
from entrypoints.http.operation import Access, Answer, Link, Operation, operation
from entrypoints.http.schemas import SessionAnswer
from entrypoints.http.user_agent import in_words

_ID = re.compile(r"[0-9a-f]{32}")


class SessionsResource:
    def __init__(
        self, list_sessions: ListSessions, revoke_other_sessions: RevokeOtherSessions
    ) -> None:
        self._list_sessions = list_sessions
        self._revoke_other_sessions = revoke_other_sessions

    @operation(
        Operation(
            id="listSessions",
            summary="Where you are signed in",
            access=Access.SIGNED_IN,
            answer=Answer(
                200,
                "The sessions, newest first.",
                list[SessionAnswer],
                links=(Link("endSession", {"session_id": "$response.body#/0/id"}),),
            ),
        )
    )
    def on_get(self, req: Request, resp: Response) -> None:
        sessions = self._list_sessions(caller(req).user_id)
        answer = [_answer(session, caller(req).session_id) for session in sessions]
        resp.data = orjson.dumps(answer, option=orjson.OPT_UTC_Z)

    @operation(
        Operation(
            id="endOtherSessions",
            summary="Log out everywhere else",
            access=Access.SIGNED_IN,
            answer=Answer(204, "Only this session goes on."),
            errors=(ReauthenticationRequired,),
        )
    )
    def on_delete(self, req: Request, resp: Response) -> None:
        self._revoke_other_sessions(caller(req).session_id, client_of(req))
        resp.status = HTTP_204


class SessionResource:
    def __init__(self, revoke_session: RevokeSession) -> None:
        self._revoke_session = revoke_session

    @operation(
        Operation(
            id="endSession",
            summary="Log out there",
            access=Access.SIGNED_IN,
            answer=Answer(204, "The session has ended."),
            errors=(SessionNotFound, ReauthenticationRequired),
        )
    )
    def on_delete(self, req: Request, resp: Response, session_id: str) -> None:
        if not _ID.fullmatch(session_id):
            raise SessionNotFound
        self._revoke_session(
            RevokeSessionCommand(
                caller=caller(req).session_id,
                session_id=SessionId(bytes.fromhex(session_id)),
                client=client_of(req),
            )
        )
        resp.status = HTTP_204


def _answer(session: Session, current: SessionId) -> SessionAnswer:
    browser, system = in_words(session.client.user_agent)
    return SessionAnswer(
        id=session.id.hex(),
        label=session.client.label,
        browser=browser,
        system=system,
        address=session.client.ip_address,
        createdAt=session.created_at,
        lastUsedAt=session.rotated_at,
        isCurrent=session.id == current,
    )
