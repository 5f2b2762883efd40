"""What every answer tells the browser, unless a resource says otherwise for its own."""

from falcon import Request, Response, ResponseOptions

from entrypoints.settings import Settings

# In lower case, as Falcon keeps them.
_ALWAYS = {
    "cache-control": "no-store",
    "content-security-policy": (
        "default-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'; sandbox"
    ),
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "no-referrer",
    # Instead of the server's own name.
    "server": "taskward",
    "x-content-type-options": "nosniff",
}
_HSTS = "max-age=31536000; includeSubDomains"


def response_class(settings: Settings) -> type[Response]:
    """The class of all answers. They begin with these headers; a resource can set its own instead.

    Set one by one, each name would be looked at again by Falcon for every answer.
    """
    headers = dict(_ALWAYS)
    if settings.cors_origins:
        headers["vary"] = "Origin"

    class GuardedResponse(Response):
        def __init__(self, options: ResponseOptions | None = None) -> None:
            super().__init__(options)
            self._headers.update(headers)

    return GuardedResponse


class StrictTransport:
    """Falcon middleware for a server with a certificate of its own (RFC 6797)."""

    def process_request(self, req: Request, resp: Response) -> None:
        # HSTS goes for all ports of a host: it would cut off what else is developed on localhost.
        if req.env.get("HTTP_HOST", "").partition(":")[0] != "localhost":
            resp.set_header("Strict-Transport-Security", _HSTS)
