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


def test_extending_shows_code_that_is_there() -> None:
    document = (ROOT / "docs/extending.md").read_text()
    excerpts = re.findall(r"^ *```python\n(.*?)^ *```$", document, re.DOTALL | re.MULTILINE)
    code = {normalized(file.read_text()) for file in python_files()}

    assert len(excerpts) >= 5
    for excerpt in excerpts:
        assert any(normalized(excerpt) in text for text in code), excerpt


def python_files() -> list[Path]:
    return [*(ROOT / "src").rglob("*.py"), *(ROOT / "examples").rglob("*.py")]


def normalized(code: str) -> str:
    """Without what tells how deep it stands."""
    return "\n".join(line.strip() for line in code.splitlines())


@pytest.mark.parametrize("name", sorted(get_group(app).commands))
def test_every_command_is_described(name: str) -> None:
    described = (ROOT / "docs/command-line.md").read_text()

    assert re.search(rf"(taskward |`){name}\b", described)


def test_exit_codes_are_told_alike_by_the_document_and_the_help() -> None:
    document = (ROOT / "docs/command-line.md").read_text()
    told = dict(re.findall(r"^\| (\d) \| ([^|;:]+\w)", document, re.MULTILINE))

    helped = dict(re.findall(r"(\d) ([^;.]+)", app.info.epilog or ""))

    assert len(helped) == 5
    assert told == helped
