from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from application.accounts.import_accounts import ImportedTask, ImportRefused
from entrypoints.cli.failure import CommandError
from entrypoints.cli.output import AsJson, printable, progress, show_json
from entrypoints.cli.start import start

MOST_PROBLEMS = 50


def import_tutorial(
    users: Annotated[
        Path,
        typer.Argument(
            help="CSV of the table User: Id, Email, Password, PasswordSalt, FirstName, LastName, "
            "TS, Active.",
            show_default=False,
        ),
    ],
    tasks: Annotated[
        Path | None,
        typer.Argument(
            help="CSV of the table Task: Id, UserId, Name, IsCompleted, TS.", show_default=False
        ),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Only tell whether the files are good.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Take over the tutorial's users, with their passwords, and tasks: all of them or none.

    They log in with the passwords they have, and at each first login the hash is replaced by
    today's. Ids are kept where they are free.
    """
    from entrypoints.cli.tutorial_csv import read_tasks, read_users  # noqa: PLC0415 # only here

    problems: list[str] = []
    read = read_users(users, problems)
    read_too: list[ImportedTask] = read_tasks(tasks, problems) if tasks else []
    _end_if_any(problems)
    if check:
        typer.echo(f"{len(read)} users and {len(read_too)} tasks can be read.")
        return
    _, container = start()
    try:
        with progress("Importing") as advance:
            report = container.import_accounts()(read, read_too, advance)
    except ImportRefused as refusal:
        _end_if_any(refusal.problems)
        raise
    if as_json:
        renumbered = [{"from": old, "to": user.id} for old, user in report.renumbered]
        show_json({"users": report.users, "tasks": report.tasks, "renumbered": renumbered})
        return
    typer.echo(f"Imported {report.users} users and {report.tasks} tasks.")
    for old, user in report.renumbered:
        typer.echo(f"The id {old} was taken: {user.email} has {user.id} now.")


def _end_if_any(problems: Sequence[str]) -> None:
    if not problems:
        return
    for problem in problems[:MOST_PROBLEMS]:
        typer.echo(printable(problem), err=True)
    raise CommandError(
        f"Nothing was imported: {len(problems)} line{'' if len(problems) == 1 else 's'} to mend."
    )
