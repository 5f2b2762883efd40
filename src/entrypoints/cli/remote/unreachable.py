"""Why a server cannot be reached, and what to do about it."""

import socket
import ssl
from collections.abc import Iterator

import httpx

# The first that is found among the causes tells.
_SENTENCES: dict[type[Exception], str] = {
    ssl.SSLCertVerificationError: (
        "its certificate is not trusted here ({0.verify_message}). "
        "SSL_CERT_FILE names an authority of your own."
    ),
    ssl.SSLError: "it does not speak TLS there. Is the port right, or is it http?",
    socket.gaierror: "no address is known for that name. Is it spelt right?",
    ConnectionRefusedError: "nothing listens there. Does it run, and is the port right?",
    httpx.TimeoutException: "it does not answer in time. Try again later.",
    httpx.RemoteProtocolError: "its answer broke off ({0}). Try again, or is it https?",
    httpx.HTTPError: "{0}.",
}


def why_unreachable(error: httpx.HTTPError) -> str:
    """In one line, without a capital at its beginning."""
    causes = list(_causes(error))
    return next(
        sentence.format(cause)
        for kind, sentence in _SENTENCES.items()
        for cause in causes
        if isinstance(cause, kind)
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error, and those that it wraps; some libraries hide that they do."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
