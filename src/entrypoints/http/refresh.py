import orjson
from falcon import Request, Response

from application.sessions.refresh import InvalidRefresh, Refresh, RefreshCommand
from domain.session import InvalidGrant, TooManyRetries
from domain.throttle import TooManyRefreshes
from domain.user import UserId
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
from entrypoints.http.schemas import RefreshRequest, TokenAnswer
from entrypoints.http.tokens import NEXT_WITH_TOKENS, token_answer


class RefreshResource:
    def __init__(self, refresh: Refresh, cookie: RefreshCookie) -> None:
        self._refresh = refresh
        self._cookie = cookie

    @operation(
        Operation(
            id="refreshToken",
            summary="Exchange a refresh token for new tokens",
            access=Access.PUBLIC,
            body=RefreshRequest,
            answer=Answer(
                200,
                "New tokens. A retry within the grace period gets the same refresh token again.",
                TokenAnswer,
                links=NEXT_WITH_TOKENS,
            ),
            errors=(
                InvalidRefresh,
                InvalidGrant,
                TooManyRetries,
                TooManyRefreshes,
                ForeignOrigin,
                InsecureOrigin,
                InvalidCookieMode,
            ),
            parameters=(COOKIE_MODE,),
        )
    )
    def on_post(self, req: Request, resp: Response) -> None:
        in_cookie = self._cookie.is_wanted(req)
        grant = self._refresh(self._by_cookie(req) if in_cookie else self._by_body(req))
        req.context.access = grant.access
        answer = token_answer(grant)
        if in_cookie:
            self._cookie.write(req, resp, answer.pop("refreshToken"))
        resp.data = orjson.dumps(answer)

    def _by_cookie(self, req: Request) -> RefreshCommand:
        return RefreshCommand(self._cookie.read(req), None, client_of(req))

    def _by_body(self, req: Request) -> RefreshCommand:
        body = read_body(req, RefreshRequest)
        user_id = None if body.user_id is None else UserId(body.user_id)
        return RefreshCommand(body.refresh_token, user_id, client_of(req))
