import orjson
from falcon import Request, Response

from application.ports.keyring import Keyring
from entrypoints.http.operation import Access, Answer, Operation, operation
from entrypoints.http.schemas import JsonWebKeySet


class JwksResource:
    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    @operation(
        Operation(
            id="getKeys",
            summary="The public keys that verify access tokens (RFC 7517)",
            access=Access.PUBLIC,
            answer=Answer(
                200,
                "The previous, the current and the next key.",
                JsonWebKeySet,
                media_type="application/jwk-set+json",
            ),
        )
    )
    def on_get(self, _req: Request, resp: Response) -> None:
        resp.content_type = "application/jwk-set+json"
        resp.set_header("Cache-Control", "public, max-age=300")
        resp.data = orjson.dumps(self._keyring.public_keys())
