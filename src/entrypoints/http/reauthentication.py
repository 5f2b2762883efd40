from falcon import HTTP_204, Request, Response

from application.ports.password_hasher import HasherBusy
from application.sessions.login import InvalidLogin
from application.sessions.reauthenticate import Reauthenticate, ReauthenticateCommand
from domain.throttle import TooManyAttempts
from domain.user import WrongPassword
from entrypoints.http.authentication import caller
from entrypoints.http.client import client_of
from entrypoints.http.operation import Access, Answer, Operation, operation
from entrypoints.http.request_body import read_body
from entrypoints.http.schemas import ReauthenticationRequest


class ReauthenticationResource:
    def __init__(self, reauthenticate: Reauthenticate) -> None:
        self._reauthenticate = reauthenticate

    @operation(
        Operation(
            id="reauthenticate",
            summary="Give the password again, for what is sensitive",
            access=Access.SIGNED_IN,
            body=ReauthenticationRequest,
            answer=Answer(204, "For a while, sensitive calls are allowed in this session."),
            errors=(InvalidLogin, WrongPassword, TooManyAttempts, HasherBusy),
        )
    )
    def on_post(self, req: Request, resp: Response) -> None:
        body = read_body(req, ReauthenticationRequest)
        self._reauthenticate(
            ReauthenticateCommand(caller(req).session_id, body.password, client_of(req))
        )
        resp.status = HTTP_204
