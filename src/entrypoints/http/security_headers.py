"""What every answer tells the browser, unless a resource says otherwise for its own."""

from falcon import Request, Response

from entrypoints.settings import Settings

_ALWAYS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    # Instead of the server's own name.
    "Server": "taskward",
    "X-Content-Type-Options": "nosniff",
}
_UNDER_TLS = {"Strict-Transport-Security": "max-age=31536000"}


class SecurityHeaders:
    """Falcon middleware. Set before a resource is asked, so that it can set its own instead."""

    def __init__(self, settings: Settings) -> None:
        self._headers = dict(_ALWAYS)
        if settings.tls_cert is not None:
            self._headers.update(_UNDER_TLS)
        if settings.cors_origins:
            self._headers["Vary"] = "Origin"

    def process_request(self, _req: Request, resp: Response) -> None:
        resp.set_headers(self._headers)
