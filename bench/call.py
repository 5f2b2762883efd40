"""The calls that are timed."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Call:
    """``script`` is what wrk runs, at ``path``, with the tokens of so many ``users`` in turn.

    ``chains`` says instead that each token is good for one request only.
    """

    name: str
    title: str
    script: str
    path: str
    users: int = 1000
    chains: bool = False


CALLS = (
    Call("list", "GET /api/tasks: 20 tasks of one of 1,000 signed-in users", "list.lua", "list"),
    # More than a worker remembers the lists of, so that each is read from the database.
    Call("unseen", "GET /api/tasks: of one of 8,000 users", "list.lua", "list", users=8000),
    Call(
        "refresh",
        "POST /api/users/refresh_token, with rotation",
        "refresh.lua",
        "refresh",
        chains=True,
    ),
    Call("add", "POST /api/tasks: one task, durable when answered", "add.lua", "add"),
)
