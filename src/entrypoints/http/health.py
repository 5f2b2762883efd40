import orjson
from falcon import Request, Response

from application.ports.store import Store, StoreUnavailable
from entrypoints.http.operation import Access, Answer, Operation, operation
from entrypoints.http.schemas import Health


class LivenessResource:
    @operation(
        Operation(
            id="isAlive",
            summary="Whether the process answers",
            access=Access.PUBLIC,
            answer=Answer(200, "It does.", Health),
        )
    )
    def on_get(self, _req: Request, resp: Response) -> None:
        resp.data = orjson.dumps(Health(status="ok"))


class ReadinessResource:
    def __init__(self, store: Store) -> None:
        self._store = store

    @operation(
        Operation(
            id="isReady",
            summary="Whether the database answers and its schema is current",
            access=Access.PUBLIC,
            answer=Answer(200, "Both are so.", Health),
            errors=(StoreUnavailable,),
        )
    )
    def on_get(self, _req: Request, resp: Response) -> None:
        self._store.check()
        resp.data = orjson.dumps(Health(status="ok"))
