from falcon import HTTP_204, Request, Response

from application.accounts.delete_account import DeleteAccount, DeleteAccountCommand
from application.ports.password_hasher import HasherBusy
from application.sessions.login import InvalidLogin
from domain.throttle import TooManyAttempts
from domain.user import WrongPassword
from entrypoints.http.authentication import caller
from entrypoints.http.client import client_of
from entrypoints.http.operation import Access, Answer, Operation, operation
from entrypoints.http.request_body import read_body
from entrypoints.http.schemas import ReauthenticationRequest


class AccountDeletionResource:
    def __init__(self, delete_account: DeleteAccount) -> None:
        self._delete_account = delete_account

    @operation(
        Operation(
            id="deleteAccount",
            summary="Delete the account and all that is in it",
            access=Access.SIGNED_IN,
            body=ReauthenticationRequest,
            answer=Answer(204, "The account is gone, and every session of it has ended."),
            errors=(InvalidLogin, WrongPassword, TooManyAttempts, HasherBusy),
        )
    )
    def on_post(self, req: Request, resp: Response) -> None:
        body = read_body(req, ReauthenticationRequest)
        self._delete_account(
            DeleteAccountCommand(caller(req).user_id, body.password, client_of(req))
        )
        resp.set_header("Clear-Site-Data", '"cache", "storage"')
        resp.status = HTTP_204
