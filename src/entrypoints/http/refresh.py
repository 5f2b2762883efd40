import orjson
from falcon import Request, Response

from application.sessions.refresh import InvalidRefresh, Refresh, RefreshCommand
from domain.session import InvalidGrant, TooManyRetries
from domain.user import UserId
from entrypoints.http.client import client_of
from entrypoints.http.operation import Access, Answer, Operation, operation
from entrypoints.http.request_body import read_body
from entrypoints.http.schemas import RefreshRequest, TokenAnswer
from entrypoints.http.tokens import token_answer


class RefreshResource:
    def __init__(self, refresh: Refresh) -> None:
        self._refresh = refresh

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
            ),
            errors=(InvalidRefresh, InvalidGrant, TooManyRetries),
        )
    )
    def on_post(self, req: Request, resp: Response) -> None:
        body = read_body(req, RefreshRequest)
        user_id = None if body.user_id is None else UserId(body.user_id)
        grant = self._refresh(RefreshCommand(body.refresh_token, user_id, client_of(req)))
        req.context.access = grant.access
        resp.data = orjson.dumps(token_answer(grant))
