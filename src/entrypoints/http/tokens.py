from application.sessions.grant_tokens import TokenGrant
from entrypoints.http.operation import Link
from entrypoints.http.schemas import TokenAnswer

NEXT_WITH_TOKENS = (
    Link("refreshToken", body={"refreshToken": "$response.body#/refreshToken"}),
    Link("endSession", {"session_id": "$response.body#/sessionId"}),
    Link("logOut"),
)


def token_answer(grant: TokenGrant) -> TokenAnswer:
    return TokenAnswer(
        accessToken=grant.access_token,
        refreshToken=grant.refresh_token,
        tokenType="Bearer",
        expiresIn=int(grant.access.lifetime.total_seconds()),
        userId=grant.user.id,
        firstName=grant.user.first_name,
        sessionId=grant.access.session_id.hex(),
    )
