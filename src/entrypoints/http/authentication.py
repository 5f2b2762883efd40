"""The gate in front of every responder: who may pass is what the responder declares."""

import re
from collections.abc import Mapping

from falcon import Request, Response

from application.sessions.authenticate import Authenticate
from domain.errors import Unauthenticated
from domain.session import AccessToken, InvalidAccessToken
from entrypoints.http.operation import Access, Operation

_BEARER = re.compile(r"bearer +([^ ]+) *", re.IGNORECASE)


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
        self._public = {
            key for key, declared in operations.items() if declared.access is Access.PUBLIC
        }
        self._by_cookie = {
            key
            for key, declared in operations.items()
            if declared.access is Access.SIGNED_IN_OR_COOKIE
        }
        self._known = set(operations)

    def process_resource(
        self, req: Request, _resp: Response, _resource: object, _params: dict[str, str]
    ) -> None:
        key = (req.uri_template or "", req.method)
        # Falcon itself answers methods that no responder declares: 405, and OPTIONS.
        if key in self._public or key not in self._known:
            return
        if key in self._by_cookie and "HTTP_AUTHORIZATION" not in req.env:
            return
        req.context.access = self._authenticate(_bearer_token(req))


def caller(req: Request) -> AccessToken:
    """Whose request a responder with ``Access.SIGNED_IN`` handles."""
    access: AccessToken = req.context.access
    return access


def _bearer_token(req: Request) -> str:
    header = req.env.get("HTTP_AUTHORIZATION", "")
    if not header[:6].lower() == "bearer":
        raise MissingAccessToken
    match = _BEARER.fullmatch(header)
    if match is None:
        raise InvalidAccessToken
    return match[1]
