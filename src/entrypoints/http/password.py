from falcon import HTTP_204, Request, Response

from application.accounts.change_password import ChangePassword, ChangePasswordCommand
from application.accounts.verify_credentials import InvalidLogin
from application.ports.password_hasher import HasherBusy
from domain.password import PasswordMismatch, WeakPassword
from domain.throttle import TooManyAttempts
from domain.user import WrongPassword
from entrypoints.http.authentication import caller
from entrypoints.http.client import client_of
from entrypoints.http.operation import Access, Answer, Operation, operation
from entrypoints.http.owners_proof import SECOND_FACTOR_REFUSALS
from entrypoints.http.request_body import read_body
from entrypoints.http.schemas import PasswordRequest


class PasswordResource:
    def __init__(self, change_password: ChangePassword) -> None:
        self._change_password = change_password

    @operation(
        Operation(
            id="changePassword",
            summary="Change the password and end all other sessions",
            access=Access.SIGNED_IN,
            body=PasswordRequest,
            answer=Answer(204, "The password is changed; only this session goes on."),
            errors=(
                InvalidLogin,
                WrongPassword,
                PasswordMismatch,
                WeakPassword,
                TooManyAttempts,
                *SECOND_FACTOR_REFUSALS,
                HasherBusy,
            ),
        )
    )
    def on_put(self, req: Request, resp: Response) -> None:
        body = read_body(req, PasswordRequest)
        self._change_password(
            ChangePasswordCommand(
                user_id=caller(req).user_id,
                session_id=caller(req).session_id,
                current_password=body.current_password,
                new_password=body.new_password,
                confirm_password=body.confirm_password,
                client=client_of(req),
                code=body.code or "",
            )
        )
        resp.status = HTTP_204
