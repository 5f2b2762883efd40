import orjson
from falcon import Request, Response

from application.accounts.change_profile import ChangeProfile, ChangeProfileCommand
from application.accounts.profile import Profile
from domain.user import InvalidSignup, User
from entrypoints.http.authentication import caller
from entrypoints.http.operation import Access, Answer, Operation, operation
from entrypoints.http.request_body import read_body
from entrypoints.http.schemas import ProfileRequest, UserAnswer


class ProfileResource:
    def __init__(self, profile: Profile, change_profile: ChangeProfile) -> None:
        self._profile = profile
        self._change_profile = change_profile

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

    @operation(
        Operation(
            id="changeUserInfo",
            summary="Change a name, or both",
            access=Access.SIGNED_IN,
            body=ProfileRequest,
            answer=Answer(200, "The user as it is now.", UserAnswer),
            errors=(InvalidSignup,),
        )
    )
    def on_put(self, req: Request, resp: Response) -> None:
        body = read_body(req, ProfileRequest)
        user = self._change_profile(
            ChangeProfileCommand(caller(req), body.first_name, body.last_name)
        )
        resp.data = orjson.dumps(user_answer(user), option=orjson.OPT_UTC_Z)


def user_answer(user: User) -> UserAnswer:
    return UserAnswer(
        userId=user.id,
        email=user.email,
        firstName=user.first_name,
        lastName=user.last_name,
        creationDate=user.created_at,
    )
