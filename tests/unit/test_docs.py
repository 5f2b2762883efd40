"""What the documentation points at is there."""

import re
from pathlib import Path

import pytest
from typer.main import get_group

from entrypoints.cli.main import app

ROOT = Path(__file__).parents[2]
PATHS = re.compile(r"\b(?:src|tests|examples)/[\w./]*\w")


def test_the_picture_of_the_readme_is_there() -> None:
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", (ROOT / "README.md").read_text())

    assert pictures
    assert [picture for picture in pictures if not (ROOT / picture).exists()] == []


def test_extending_names_only_files_that_are_there() -> None:
    named = PATHS.findall((ROOT / "docs/extending.md").read_text())

    assert len(named) > 15
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_the_map_of_the_readme_names_only_files_that_are_there() -> None:
    drawing = (ROOT / "README.md").read_text().partition("## The map")[2].split("```")[1]
    named = re.findall(r"[\w/]+(?:\.py|\.js|/(?=[ ;:]))", drawing)

    assert len(named) > 15
    assert [name for name in named if not any((ROOT / "src").rglob(name))] == []


@pytest.mark.parametrize("name", sorted(get_group(app).commands))
def test_every_command_is_described(name: str) -> None:
    described = (ROOT / "docs/command-line.md").read_text()

    assert re.search(rf"(taskward |`){name}\b", described)
