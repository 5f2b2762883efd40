import orjson
from falcon import HTTP_201, Request, Response

from application.accounts.signup import Signup, SignupCommand
from application.ports.password_hasher import HasherBusy
from domain.password import PasswordMismatch, WeakPassword
from domain.throttle import TooManySignups
from domain.user import EmailTaken, InvalidSignup, SignupClosed
from entrypoints.http.client import client_of
from entrypoints.http.operation import Access, Answer, Link, Operation, operation
from entrypoints.http.request_body import read_body
from entrypoints.http.schemas import SignupAnswer, SignupRequest

_LOG_IN = Link(
    "logIn", body={"email": "$response.body#/email", "password": "$request.body#/password"}
)


class SignupResource:
    def __init__(self, signup: Signup) -> None:
        self._signup = signup

    @operation(
        Operation(
            id="signUp",
            summary="Open an account",
            access=Access.PUBLIC,
            body=SignupRequest,
            answer=Answer(
                201, "The account is open: log in with it.", SignupAnswer, links=(_LOG_IN,)
            ),
            errors=(
                SignupClosed,
                InvalidSignup,
                EmailTaken,
                PasswordMismatch,
                WeakPassword,
                TooManySignups,
                HasherBusy,
            ),
        )
    )
    def on_post(self, req: Request, resp: Response) -> None:
        body = read_body(req, SignupRequest)
        user = self._signup(
            SignupCommand(
                email=body.email,
                password=body.password,
                confirm_password=body.confirm_password,
                first_name=body.first_name,
                last_name=body.last_name,
                client=client_of(req),
            )
        )
        resp.status = HTTP_201
        resp.data = orjson.dumps(SignupAnswer(userId=user.id, email=user.email))
