"""What every answer tells the browser, unless a resource says otherwise for its own."""

from falcon import Request, Response

from entrypoints.settings import Settings

_ALWAYS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'; sandbox"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    # Instead of the server's own name.
    "Server": "taskward",
    "X-Content-Type-Options": "nosniff",
}
_HSTS = "max-age=31536000; includeSubDomains"


class SecurityHeaders:
    """Falcon middleware. Set before a resource is asked, so that it can set its own instead."""

    def __init__(self, settings: Settings) -> None:
        self._headers = dict(_ALWAYS)
        self._is_under_tls = settings.tls_cert is not None
        if settings.cors_origins:
            self._headers["Vary"] = "Origin"

    def process_request(self, req: Request, resp: Response) -> None:
        resp.set_headers(self._headers)
        # HSTS goes for all ports of a host: it would cut off what else is developed on localhost.
        host = req.env.get("HTTP_HOST", "").partition(":")[0]
        if self._is_under_tls and host != "localhost":
            resp.set_header("Strict-Transport-Security", _HSTS)
