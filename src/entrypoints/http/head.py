"""HEAD wherever there is GET (RFC 9110, section 9.3.2), with the same gate before it."""

import re

from falcon import Request, Response


class HeadRequests:
    """Falcon middleware: a HEAD is answered as the GET would be, and Falcon leaves out the body.

    What a path allows names it, too, of which Falcon does not know.
    """

    def process_request(self, req: Request, _resp: Response) -> None:
        if req.method == "HEAD":
            req.method = "GET"

    def process_response(
        self, req: Request, resp: Response, _resource: object, _succeeded: bool
    ) -> None:
        allowed = resp.get_header("Allow")
        if allowed is not None:
            resp.set_header("Allow", re.sub(r"\bGET\b", "GET, HEAD", allowed))
        if req.env["REQUEST_METHOD"] == "HEAD":
            req.method = "HEAD"
