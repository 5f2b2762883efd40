import orjson
from falcon import Request, Response

from application.ports.password_hasher import HasherBusy
from application.sessions.login import InvalidLogin
from application.sessions.reauthenticate import Reauthenticate, ReauthenticateCommand
from domain.throttle import TooManyAttempts
from domain.user import WrongPassword
from entrypoints.http.authentication import caller
from entrypoints.http.client import client_of
from entrypoints.http.operation import Access, Answer, Operation, operation
from entrypoints.http.refresh_cookie import (
    COOKIE_MODE,
    ForeignOrigin,
    InsecureOrigin,
    InvalidCookieMode,
    RefreshCookie,
)
from entrypoints.http.request_body import read_body
from entrypoints.http.schemas import ReauthenticationRequest, TokenAnswer
from entrypoints.http.tokens import NEXT_WITH_TOKENS, token_answer


class ReauthenticationResource:
    def __init__(self, reauthenticate: Reauthenticate, cookie: RefreshCookie) -> None:
        self._reauthenticate = reauthenticate
        self._cookie = cookie

    @operation(
        Operation(
            id="reauthenticate",
            summary="Give the password again, for what is sensitive",
            access=Access.SIGNED_IN,
            body=ReauthenticationRequest,
            answer=Answer(
                200,
                "The tokens of a new session, in which sensitive calls are allowed for a while. "
                "It replaces this one, whose tokens are accepted no longer than a lost answer "
                "may be asked for again.",
                TokenAnswer,
                links=NEXT_WITH_TOKENS,
            ),
            errors=(
                InvalidLogin,
                WrongPassword,
                TooManyAttempts,
                HasherBusy,
                ForeignOrigin,
                InsecureOrigin,
                InvalidCookieMode,
            ),
            parameters=(COOKIE_MODE,),
        )
    )
    def on_post(self, req: Request, resp: Response) -> None:
        body = read_body(req, ReauthenticationRequest)
        in_cookie = self._cookie.is_wanted(req)
        grant = self._reauthenticate(
            ReauthenticateCommand(caller(req).session_id, body.password, client_of(req))
        )
        req.context.access = grant.access
        answer = token_answer(grant)
        if in_cookie:
            self._cookie.write(req, resp, answer.pop("refreshToken"))
        resp.data = orjson.dumps(answer)
