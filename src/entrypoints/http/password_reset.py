from falcon import HTTP_204, Request, Response

from application.accounts.reset_password import ResetPassword, ResetPasswordCommand
from application.accounts.verify_credentials import InvalidLogin
from application.ports.password_hasher import HasherBusy
from domain.password import PasswordMismatch, WeakPassword
from domain.password_reset import InvalidPasswordReset, PasswordResetToken
from domain.throttle import TooManyPasswordResets
from entrypoints.http.client import client_of
from entrypoints.http.operation import Access, Answer, Operation, operation
from entrypoints.http.request_body import read_body
from entrypoints.http.schemas import PasswordResetRequest


class PasswordResetResource:
    def __init__(self, reset_password: ResetPassword) -> None:
        self._reset_password = reset_password

    @operation(
        Operation(
            id="resetPassword",
            summary="Set a new password by a link from the operator, and end all sessions",
            access=Access.PUBLIC,
            body=PasswordResetRequest,
            answer=Answer(204, "The password is set, and the link used up: log in with it."),
            errors=(
                InvalidLogin,
                InvalidPasswordReset,
                PasswordMismatch,
                WeakPassword,
                TooManyPasswordResets,
                HasherBusy,
            ),
        )
    )
    def on_post(self, req: Request, resp: Response) -> None:
        body = read_body(req, PasswordResetRequest)
        self._reset_password(
            ResetPasswordCommand(
                token=PasswordResetToken(body.token),
                new_password=body.password,
                confirm_password=body.confirm_password,
                client=client_of(req),
            )
        )
        resp.status = HTTP_204
