from falcon import HTTP_204, Request, Response

from application.sessions.logout import Logout
from domain.session import InvalidGrant
from entrypoints.http.authentication import MissingAccessToken
from entrypoints.http.client import client_of
from entrypoints.http.operation import Access, Answer, Operation, operation
from entrypoints.http.refresh_cookie import (
    COOKIE_MODE,
    ForeignOrigin,
    InsecureOrigin,
    InvalidCookieMode,
    RefreshCookie,
)


class LogoutResource:
    def __init__(self, logout: Logout, cookie: RefreshCookie) -> None:
        self._logout = logout
        self._cookie = cookie

    @operation(
        Operation(
            id="logOut",
            summary="End this session, at once and everywhere",
            access=Access.SIGNED_IN_OR_COOKIE,
            answer=Answer(204, "No token of the session is accepted any more."),
            errors=(InvalidGrant, ForeignOrigin, InsecureOrigin, InvalidCookieMode),
            parameters=(COOKIE_MODE,),
        )
    )
    def on_post(self, req: Request, resp: Response) -> None:
        in_cookie = self._cookie.is_wanted(req)
        if req.context.access is not None:
            self._logout(req.context.access.session_id, client_of(req))
        elif in_cookie:
            self._logout.by_refresh_token(self._cookie.read(req), client_of(req))
        else:
            raise MissingAccessToken
        if in_cookie:
            self._cookie.clear(req, resp)
        resp.set_header("Clear-Site-Data", '"cache"')
        resp.status = HTTP_204
