"""The refresh token in a cookie, for browsers: scripts can't read it, other sites can't send it.

A client asks for it by the header ``X-Taskward-Cookie: 1``. No form and no foreign page can send
that header without CORS allowing it, and the Origin is compared besides.
"""

from datetime import UTC, datetime
from urllib.parse import urlsplit

from falcon import Request, Response

from domain.errors import Forbidden, Invalid
from domain.session import InvalidGrant
from entrypoints.http.operation import Parameter
from entrypoints.http.proxies import TrustedProxies
from entrypoints.settings import Settings

HEADER = "X-Taskward-Cookie"
NAME = "__Host-taskward-refresh"
"""Under TLS. Browsers take it from this very host alone: RFC 6265bis, section 4.1.3.2."""
PLAIN_NAME = "taskward-refresh"

# The prefix demands it.
_PATH = "/"
# The narrowest that holds both refresh and logout.
_PLAIN_PATH = "/api/users"
_LONG_AGO = datetime(1970, 1, 2, tzinfo=UTC)
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


COOKIE_MODE = Parameter(
    name=HEADER,
    place="header",
    description="1 for the refresh token in a cookie instead of the body.",
    schema={"type": "string", "enum": ["1"]},
)


class InvalidCookieMode(Invalid):
    code = "A07"
    sentence = f"The header {HEADER} must be 1, or be left out."


class ForeignOrigin(Forbidden):
    code = "A05"
    sentence = "The refresh cookie is used only by pages of this server or of an allowed origin."


class InsecureOrigin(Forbidden):
    code = "A06"
    sentence = "The refresh cookie needs https, or http on this very machine."


class RefreshCookie:
    def __init__(self, settings: Settings, proxies: TrustedProxies) -> None:
        self._public_origin = settings.public_origin
        self._allowed = frozenset(settings.cors_origins)
        self._max_age = int(settings.session_policy.idle.total_seconds())
        self._proxies = proxies

    def is_wanted(self, req: Request) -> bool:
        """Whether the request is in cookie mode.

        Raises InvalidCookieMode, ForeignOrigin and InsecureOrigin.
        """
        asked = req.env.get("HTTP_X_TASKWARD_COOKIE")
        if asked is None:
            return False
        if asked != "1":
            raise InvalidCookieMode
        own = self._own_origin(req)
        if req.env.get("HTTP_ORIGIN") not in {own, *self._allowed}:
            raise ForeignOrigin
        if not own.startswith("https:") and _host_of(own) not in _LOOPBACK:
            raise InsecureOrigin
        return True

    def read(self, req: Request) -> str:
        """Raises InvalidGrant when there is none, or several."""
        # Falcon's own reader leaves out what Python takes for blanks, U+00A0 for one. To browsers
        # such a name has no prefix: a sibling host could plant it, and it would be read as ours.
        sent: str = req.env.get("HTTP_COOKIE", "")
        pairs = [pair.strip(" ") for pair in sent.split(";")]
        start = f"{self._name(req)}="
        values = [pair.removeprefix(start) for pair in pairs if pair.startswith(start)]
        if len(values) != 1:
            raise InvalidGrant
        return values[0]

    def write(self, req: Request, resp: Response, token: str) -> None:
        self._set(req, resp, token, max_age=self._max_age)

    def clear(self, req: Request, resp: Response) -> None:
        self._set(req, resp, "", expires=_LONG_AGO)

    def _set(
        self,
        req: Request,
        resp: Response,
        value: str,
        *,
        max_age: int | None = None,
        expires: datetime | None = None,
    ) -> None:
        is_secure = self._is_secure(req)
        resp.set_cookie(
            self._name(req),
            value,
            max_age=max_age,
            expires=expires,
            path=_PATH if is_secure else _PLAIN_PATH,
            secure=is_secure,
            http_only=True,
            same_site="Strict",
        )

    def _name(self, req: Request) -> str:
        return NAME if self._is_secure(req) else PLAIN_NAME

    def _is_secure(self, req: Request) -> bool:
        return self._own_origin(req).startswith("https:")

    def _own_origin(self, req: Request) -> str:
        return self._public_origin or self._proxies.origin_of(req)


def _host_of(origin: str) -> str | None:
    try:
        return urlsplit(origin).hostname
    except ValueError:
        return None
