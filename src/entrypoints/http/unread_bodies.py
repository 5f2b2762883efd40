"""Bodies that no responder has asked for, because the request was refused before."""

from contextlib import suppress

from falcon import Request, Response

from domain.errors import Unavailable
from entrypoints.http.body_places import sends_body_unasked
from entrypoints.http.request_body import MAX_BYTES_DISCARDED


class UnreadBodies:
    """Falcon middleware: takes such a body in, and the connection serves the next request.

    Else the server closes it after the answer without a word of warning, and what the client sends
    next, say the refresh after an expired token, is lost. A client that waits for 100 Continue
    need not send its body at all.
    """

    def process_response(
        self, req: Request, _resp: Response, _resource: object, _succeeded: bool
    ) -> None:
        if sends_body_unasked(req.env) and not req.context.is_body_read:
            with suppress(Unavailable, OSError):
                req.stream.read(MAX_BYTES_DISCARDED)
