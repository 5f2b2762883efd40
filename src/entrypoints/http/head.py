"""HEAD wherever there is GET (RFC 9110, section 9.3.2), with the same gate before it."""

import re

from falcon import Request, Response


class HeadRequests:
    """Falcon middleware: a HEAD is answered as the GET would be, and Falcon leaves out the body.

    Falcon does not know of it when it tells a path's methods, so HEAD is added to those.
    """

    def process_request(self, req: Request, _resp: Response) -> None:
        if req.method == "HEAD":
            req.method = "GET"

    def process_response(
        self, req: Request, resp: Response, _resource: object, succeeded: bool
    ) -> None:
        # Methods are told by these alone: to look at every answer's headers would take time.
        if not succeeded or req.method == "OPTIONS":
            _add_head(resp)
        if req.env["REQUEST_METHOD"] == "HEAD":
            req.method = "HEAD"


def _add_head(resp: Response) -> None:
    allowed = resp.get_header("Allow")
    if allowed is not None:
        resp.set_header("Allow", re.sub(r"\bGET\b", "GET, HEAD", allowed))
