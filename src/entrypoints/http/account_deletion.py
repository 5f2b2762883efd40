from falcon import HTTP_204, Request, Response

from application.accounts.delete_account import DeleteAccount
from entrypoints.http.operation import Access, Answer, Operation, operation
from entrypoints.http.owners_proof import OWNER_REFUSALS, owners_proof
from entrypoints.http.schemas import OwnerRequest


class AccountDeletionResource:
    def __init__(self, delete_account: DeleteAccount) -> None:
        self._delete_account = delete_account

    @operation(
        Operation(
            id="deleteAccount",
            summary="Delete the account and all that is in it",
            access=Access.SIGNED_IN,
            body=OwnerRequest,
            answer=Answer(204, "The account is gone, and every session of it has ended."),
            errors=OWNER_REFUSALS,
        )
    )
    def on_post(self, req: Request, resp: Response) -> None:
        self._delete_account(owners_proof(req))
        resp.set_header("Clear-Site-Data", '"cache"')
        resp.status = HTTP_204
