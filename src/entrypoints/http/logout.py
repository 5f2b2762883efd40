from falcon import HTTP_204, Request, Response

from application.sessions.logout import Logout
from entrypoints.http.authentication import caller
from entrypoints.http.operation import Access, Answer, Operation, operation


class LogoutResource:
    def __init__(self, logout: Logout) -> None:
        self._logout = logout

    @operation(
        Operation(
            id="logOut",
            summary="End this session, at once and everywhere",
            access=Access.SIGNED_IN,
            answer=Answer(204, "No token of the session is accepted any more."),
        )
    )
    def on_post(self, req: Request, resp: Response) -> None:
        self._logout(caller(req).session_id)
        resp.status = HTTP_204
