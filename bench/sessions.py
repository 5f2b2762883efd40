"""Sessions begun through Taskward's own ports: what a login does, without hashing a password."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from application.ports.unit_of_work import Transaction
from bench.contestant import ACCESS_TOKENS, REFRESH_TOKENS
from domain.session import Client, RefreshToken, Session, SessionPolicy
from domain.user import User, UserId
from entrypoints.container import Container
from entrypoints.settings import load_settings


@dataclass(frozen=True, slots=True)
class Begun:
    kind: str
    user: User
    session: Session
    refresh_token: RefreshToken


def container_of_environment() -> Container:
    return Container(settings=load_settings())


def begin_sessions(container: Container, wanted: Iterable[str]) -> Iterator[Begun]:
    """A session for each line ``kind user_id``, all in one transaction."""
    with container.uow().begin() as tx:
        begun = [_begin(container, tx, *line.split()) for line in wanted]
        tx.commit()
    return iter(begun)


def wanted_sessions() -> Iterable[str]:
    return sys.stdin


def write_tokens(folder: Path, access: Sequence[str], refresh: Sequence[str]) -> None:
    for name, tokens in ((ACCESS_TOKENS, access), (REFRESH_TOKENS, refresh)):
        (folder / name).write_text("".join(f"{token}\n" for token in tokens))


def begin_session(
    container: Container, tx: Transaction, user_id: UserId, policy: SessionPolicy
) -> tuple[Session, RefreshToken]:
    ids = container.ids()
    session, refresh_token = Session.start(
        ids.session_id(),
        user_id,
        ids.session_secret(),
        Client(label="", user_agent="bench", ip_address="127.0.0.1"),
        container.clock().now(),
        policy,
    )
    tx.sessions.add(session)
    return session, refresh_token


def _begin(container: Container, tx: Transaction, kind: str, user_id: str) -> Begun:
    user = tx.users.get(UserId(int(user_id)))
    if user is None:
        raise LookupError(f"There is no user {user_id}.")
    session, refresh_token = begin_session(container, tx, user.id, SessionPolicy())
    return Begun(kind, user, session, refresh_token)
