import orjson
from falcon import Request, Response

from application.sessions.reauthenticate import Reauthenticate
from entrypoints.http.operation import Access, Answer, Operation, operation
from entrypoints.http.owners_proof import OWNER_REFUSALS, owners_proof
from entrypoints.http.refresh_cookie import (
    COOKIE_MODE,
    ForeignOrigin,
    InsecureOrigin,
    InvalidCookieMode,
    RefreshCookie,
)
from entrypoints.http.schemas import OwnerRequest, TokenAnswer
from entrypoints.http.tokens import NEXT_WITH_TOKENS, token_answer


class ReauthenticationResource:
    def __init__(self, reauthenticate: Reauthenticate, cookie: RefreshCookie) -> None:
        self._reauthenticate = reauthenticate
        self._cookie = cookie

    @operation(
        Operation(
            id="reauthenticate",
            summary="Give the password again, for what is sensitive",
            access=Access.SIGNED_IN,
            body=OwnerRequest,
            answer=Answer(
                200,
                "The tokens of a new session, in which sensitive calls are allowed for a while. "
                "It replaces this one, whose tokens are accepted no longer than a lost answer "
                "may be asked for again.",
                TokenAnswer,
                links=NEXT_WITH_TOKENS,
            ),
            errors=(
                *OWNER_REFUSALS,
                ForeignOrigin,
                InsecureOrigin,
                InvalidCookieMode,
            ),
            parameters=(COOKIE_MODE,),
        )
    )
    def on_post(self, req: Request, resp: Response) -> None:
        in_cookie = self._cookie.is_wanted(req)
        grant = self._reauthenticate(owners_proof(req))
        req.context.access = grant.access
        answer = token_answer(grant)
        if in_cookie:
            self._cookie.write(req, resp, answer.pop("refreshToken"))
        resp.data = orjson.dumps(answer)
