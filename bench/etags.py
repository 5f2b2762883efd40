"""The entity tags that a client would have from its first visit."""

from http.client import HTTPConnection

from bench.contestant import ACCESS_TOKENS, ETAGS
from bench.rounds import Running


def write_etags(one: Running, users: int) -> None:
    """One a line, in the order of the access tokens; an empty line where there is none."""
    tokens = (one.place.folder / ACCESS_TOKENS).read_text().splitlines()[:users]
    connection = HTTPConnection("127.0.0.1", one.place.port, timeout=10)
    etags = []
    for token in tokens:
        headers = {"Authorization": f"Bearer {token}"}
        connection.request("GET", one.contestant.paths["list"], headers=headers)
        answer = connection.getresponse()
        answer.read()
        etags.append(answer.getheader("ETag", ""))
    connection.close()
    (one.place.folder / ETAGS).write_text("".join(f"{etag}\n" for etag in etags))
