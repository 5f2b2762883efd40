"""The gate in front of every responder: who may pass is what the responder declares."""

from collections.abc import Mapping

from falcon import Request, Response

from application.sessions.authenticate import Authenticate
from domain.errors import Unauthenticated
from domain.session import AccessToken, InvalidAccessToken
from entrypoints.http.operation import Access, Operation


class MissingAccessToken(Unauthenticated):
    """RFC 6750, section 3: without any token, the challenge carries no error."""

    code = "A01"
    sentence = "Log in first, and send the access token as Authorization: Bearer."


class Authentication:
    """Falcon middleware. ``operations`` are keyed by URI template and method."""

    def __init__(
        self, authenticate: Authenticate, operations: Mapping[tuple[str, str], Operation]
    ) -> None:
        self._authenticate = authenticate
        guarded = {
            key: declared.access
            for key, declared in operations.items()
            if declared.access is not Access.PUBLIC
        }
        # HEAD is served wherever GET is, also where nobody declares it.
        head = {
            (path, "HEAD"): access for (path, method), access in guarded.items() if method == "GET"
        }
        self._required = head | guarded

    def process_resource(
        self, req: Request, _resp: Response, _resource: object, _params: dict[str, str]
    ) -> None:
        required = self._required.get((req.uri_template or "", req.method))
        # Public, or a method that no responder declares. That Falcon answers: 405, and OPTIONS.
        if required is None:
            return
        if required is Access.SIGNED_IN_OR_COOKIE and "HTTP_AUTHORIZATION" not in req.env:
            return
        req.context.access = self._authenticate(_bearer_token(req))


def caller(req: Request) -> AccessToken:
    """Whose request a responder with ``Access.SIGNED_IN`` handles."""
    access: AccessToken = req.context.access
    return access


def _bearer_token(req: Request) -> str:
    scheme, _, credentials = req.env.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() != "bearer":
        raise MissingAccessToken
    token: str = credentials.strip(" ")
    if not token or " " in token:
        raise InvalidAccessToken
    return token
