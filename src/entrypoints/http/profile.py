import orjson
from falcon import Request, Response

from application.accounts.profile import Profile
from domain.user import User
from entrypoints.http.authentication import caller
from entrypoints.http.operation import Access, Answer, Operation, operation
from entrypoints.http.schemas import UserAnswer


class ProfileResource:
    def __init__(self, profile: Profile) -> None:
        self._profile = profile

    @operation(
        Operation(
            id="getUserInfo",
            summary="Who is logged in",
            access=Access.SIGNED_IN,
            answer=Answer(200, "The user.", UserAnswer),
        )
    )
    def on_get(self, req: Request, resp: Response) -> None:
        user = self._profile(caller(req).user_id)
        resp.data = orjson.dumps(user_answer(user), option=orjson.OPT_UTC_Z)


def user_answer(user: User) -> UserAnswer:
    return UserAnswer(
        userId=user.id,
        email=user.email,
        firstName=user.first_name,
        lastName=user.last_name,
        creationDate=user.created_at,
    )
