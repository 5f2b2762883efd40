import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from application.ports.directory import Directory
from domain.session import Session, SessionId, SessionNotFound
from domain.user import EmailAddress, UserId, UserNotFound
from entrypoints.cli.failure import CommandError
from entrypoints.cli.output import AsJson, local, show_json, show_table
from entrypoints.cli.person import devices
from entrypoints.cli.person.account import Server
from entrypoints.cli.start import start
from entrypoints.cli.users import address

if TYPE_CHECKING:
    from application.sessions.end_by_operator import EndByOperator
    from entrypoints.container import Container

app = typer.Typer(invoke_without_command=True)

_PAGE = 1000
_SHORT = 8
_ID = re.compile(rf"[0-9a-f]{{{_SHORT},32}}")


@app.callback()
def own(ctx: typer.Context, server: Server = None, as_json: AsJson = False) -> None:
    """Your own sessions, as by devices list; with a command, everybody's, for the operator."""
    if ctx.invoked_subcommand is None:
        devices.list_(server, as_json)


@app.command("list")
def list_(
    email: Annotated[str, typer.Argument(help="Only this user's.", show_default=False)] = "",
    as_json: AsJson = False,
) -> None:
    """Everybody's sessions that live."""
    _, container = start()
    found: Iterable[tuple[EmailAddress, Session]]
    if email:
        own = container.list_sessions().by_operator(address(email))
        found = [(address(email), session) for session in own]
    else:
        found = _all(container.directory(), container.clock().now())
    if as_json:
        show_json([_members(*it) for it in found])
        return
    heads = ["Id", "User", "Device", "Address", "Last used", "Ends"]
    show_table(heads, (_row(*it) for it in found), "Nobody is logged in.")


@app.command()
def revoke(
    session_ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="ID", help="As listed, or longer.", show_default=False),
    ] = None,
    user: Annotated[str, typer.Option(help="All of this user's, by email address.")] = "",
    everybody: Annotated[bool, typer.Option("--everybody", help="All of all users.")] = False,
) -> None:
    """End sessions, at once."""
    if [bool(session_ids), bool(user), everybody].count(True) != 1:
        raise typer.BadParameter(
            "Say which sessions: their ids, --user with an email address, or --everybody."
        )
    _, container = start()
    end = container.end_by_operator()
    if everybody:
        live = _all(container.directory(), container.clock().now())
        count = sum(_end_all_of(end, email) for email in {email for email, _ in live})
    elif user:
        count = end.of_user(address(user))
    else:
        ids = [_session_id(container, text) for text in session_ids or ()]
        for session_id in ids:
            end(session_id)
        count = len(ids)
    typer.echo(f"Ended {count} session{'' if count == 1 else 's'}.")


@app.command()
def prune() -> None:
    """Forget what ended long ago: sessions and security events past TASKWARD_AUDIT_DAYS."""
    settings, container = start()
    container.forget_old()()
    typer.echo(f"Forgotten is what ended more than {settings.audit_days:g} days ago.")


def _all(directory: Directory, now: datetime) -> Iterator[tuple[EmailAddress, Session]]:
    after = (UserId(0), SessionId(b""))
    while page := directory.live_sessions(now, after, _PAGE):
        yield from page
        _, last = page[-1]
        after = (last.user_id, last.id)


def _end_all_of(end: "EndByOperator", email: EmailAddress) -> int:
    """How many they were: none of a user who has just deleted the account."""
    try:
        return end.of_user(email)
    except UserNotFound:
        return 0


def _session_id(container: "Container", text: str) -> SessionId:
    """The session whose id is so, or begins so."""
    wanted = text.lower()
    if not _ID.fullmatch(wanted):
        raise SessionNotFound(f"{text} is no session's id: see taskward sessions list.")
    live = _all(container.directory(), container.clock().now())
    found = [session.id for _, session in live if session.id.hex().startswith(wanted)]
    if not found:
        raise SessionNotFound(f"There is no session {text}: see taskward sessions list.")
    if len(found) > 1:
        raise CommandError(
            f"Several sessions' ids begin with {text}: see taskward sessions list --json."
        )
    return found[0]


def _row(email: EmailAddress, session: Session) -> tuple[str, ...]:
    return (
        session.id.hex()[:_SHORT],
        email,
        session.client.label or session.client.user_agent,
        session.client.ip_address,
        local(session.rotated_at),
        local(session.lifetime.idle_expires_at),
    )


def _members(email: EmailAddress, session: Session) -> dict[str, object]:
    return {
        "id": session.id,
        "userId": session.user_id,
        "email": email,
        "label": session.client.label,
        "userAgent": session.client.user_agent,
        "address": session.client.ip_address,
        "createdAt": session.created_at,
        "lastUsedAt": session.rotated_at,
        "idleExpiresAt": session.lifetime.idle_expires_at,
        "expiresAt": session.lifetime.expires_at,
    }
