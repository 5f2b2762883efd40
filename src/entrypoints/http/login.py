import orjson
from falcon import Request, Response

from application.ports.password_hasher import HasherBusy
from application.sessions.login import InvalidLogin, Login, LoginCommand, WrongCredentials
from entrypoints.http.client import client_of
from entrypoints.http.operation import Access, Answer, Operation, operation
from entrypoints.http.request_body import read_body
from entrypoints.http.schemas import LoginRequest, TokenAnswer
from entrypoints.http.tokens import token_answer


class LoginResource:
    def __init__(self, login: Login) -> None:
        self._login = login

    @operation(
        Operation(
            id="logIn",
            summary="Begin a session",
            access=Access.PUBLIC,
            body=LoginRequest,
            answer=Answer(200, "The session's first tokens.", TokenAnswer),
            errors=(InvalidLogin, WrongCredentials, HasherBusy),
        )
    )
    def on_post(self, req: Request, resp: Response) -> None:
        body = read_body(req, LoginRequest)
        grant = self._login(LoginCommand(body.email, body.password, client_of(req)))
        req.context.access = grant.access
        resp.data = orjson.dumps(token_answer(grant))
