"""What holds for all commands."""

from collections.abc import Iterator
from typing import Any

import pytest
from typer.main import get_group

from entrypoints.cli.main import app

LISTINGS = {"list", "ls", "audit"}


def commands(group: Any, *path: str) -> Iterator[tuple[str, Any]]:
    for name, command in getattr(group, "commands", {}).items():
        yield " ".join((*path, name)), command
        yield from commands(command, *path, name)


COMMANDS = dict(commands(get_group(app)))


@pytest.mark.parametrize("name", [it for it in COMMANDS if it.split()[-1] in LISTINGS])
def test_every_listing_is_there_for_programs(name: str) -> None:
    options = {option for parameter in COMMANDS[name].params for option in parameter.opts}

    assert "--json" in options
