"""The calls that are timed."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Call:
    """``script`` is what wrk runs; ``chains`` says that each token is good for one request only."""

    name: str
    title: str
    script: str
    chains: bool = False


CALLS = (
    Call("list", "GET /api/tasks: 20 tasks of one of 1,000 signed-in users", "list.lua"),
    Call("refresh", "POST /api/users/refresh_token, with rotation", "refresh.lua", chains=True),
    Call("add", "POST /api/tasks: one task, durable when answered", "add.lua"),
)
