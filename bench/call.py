"""The calls that are timed."""

from dataclasses import dataclass
from enum import StrEnum


class Needs(StrEnum):
    """What the script of wrk is given after the path, beside how many of them."""

    ACCESS = "access tokens"
    ETAGS = "access tokens and the entity tags of their lists"
    CHAINS = "refresh tokens, each of which is good for one request only"
    BOTH = "access tokens, and refresh tokens"
    EMAILS = "addresses of users, and their password"


@dataclass(frozen=True, slots=True)
class Call:
    """``script`` is what wrk runs, at ``paths``, with what it ``needs`` of so many ``users``.

    ``connections`` are kept busy, or as many as the plan says.
    """

    name: str
    title: str
    script: str
    paths: tuple[str, ...]
    users: int = 1000
    needs: Needs = Needs.ACCESS
    connections: int | None = None

    @property
    def chains(self) -> bool:
        return self.needs in {Needs.CHAINS, Needs.BOTH}


CALLS = (
    Call("list", "GET /api/tasks: 20 tasks of one of 1,000 signed-in users", "list.lua", ("list",)),
    # A worker remembers the lists of a fifth of them: the others are read from the database.
    Call("unseen", "GET /api/tasks: of one of 8,000 users", "list.lua", ("list",), users=8000),
    Call(
        "revisit",
        "GET /api/tasks, unchanged, with If-None-Match where the first answer had an ETag",
        "revisit.lua",
        ("list",),
        needs=Needs.ETAGS,
    ),
    Call(
        "refresh",
        "POST /api/users/refresh_token, with rotation",
        "refresh.lua",
        ("refresh",),
        needs=Needs.CHAINS,
    ),
    Call("add", "POST /api/tasks: one task, durable when answered", "add.lua", ("add",)),
    Call(
        "login",
        "POST /api/users/login: argon2id with 19 MiB, 2 passes; 4 connections",
        "login.lua",
        ("login",),
        needs=Needs.EMAILS,
        connections=4,
    ),
    Call(
        "mix",
        "90 lists, 8 new tasks and 2 refreshes in a hundred requests",
        "mix.lua",
        ("list", "add", "refresh"),
        needs=Needs.BOTH,
    ),
)
