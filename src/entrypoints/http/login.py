import orjson
from falcon import Request, Response

from application.accounts.verify_credentials import InvalidLogin, WrongCredentials
from application.ports.password_hasher import HasherBusy
from application.sessions.login import Login, LoginCommand
from domain.second_factor import SecondFactorRequired
from domain.throttle import TooManyAttempts
from entrypoints.http.client import client_of
from entrypoints.http.operation import Access, Answer, Operation, operation
from entrypoints.http.owners_proof import SECOND_FACTOR_REFUSALS
from entrypoints.http.refresh_cookie import (
    COOKIE_MODE,
    ForeignOrigin,
    InsecureOrigin,
    InvalidCookieMode,
    RefreshCookie,
)
from entrypoints.http.request_body import read_body
from entrypoints.http.schemas import LoginRequest, TokenAnswer
from entrypoints.http.tokens import NEXT_WITH_TOKENS, token_answer


class LoginResource:
    def __init__(self, login: Login, cookie: RefreshCookie) -> None:
        self._login = login
        self._cookie = cookie

    @operation(
        Operation(
            id="logIn",
            summary="Begin a session",
            access=Access.PUBLIC,
            body=LoginRequest,
            answer=Answer(200, "The session's first tokens.", TokenAnswer, links=NEXT_WITH_TOKENS),
            errors=(
                InvalidLogin,
                WrongCredentials,
                TooManyAttempts,
                *SECOND_FACTOR_REFUSALS,
                SecondFactorRequired,
                HasherBusy,
                ForeignOrigin,
                InsecureOrigin,
                InvalidCookieMode,
            ),
            parameters=(COOKIE_MODE,),
        )
    )
    def on_post(self, req: Request, resp: Response) -> None:
        body = read_body(req, LoginRequest)
        in_cookie = self._cookie.is_wanted(req)
        client = client_of(req, body.client_label or "")
        grant = self._login(LoginCommand(body.email, body.password, client, body.code or ""))
        req.context.access = grant.access
        answer = token_answer(grant)
        if in_cookie:
            self._cookie.write(req, resp, answer.pop("refreshToken"))
        resp.data = orjson.dumps(answer)
