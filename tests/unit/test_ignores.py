"""Whatever tells a checker to look away says why."""

import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted(
    path
    for folder in ("src", "tests", "bench", "examples")
    for path in (ROOT / folder).rglob("*.py")
    if not {"node_modules", ".cache"} & set(path.parts)
)
IGNORE = re.compile(r"# ?(noqa|nosec|type: ?ignore|fmt: ?(skip|off)|pragma|codespell:|mypy:|ruff:)")
EXPLAINED = re.compile(
    r"# (noqa: [A-Z]+\d+|nosec B\d+|type: ignore\[[a-z-]+\]|fmt: skip) (#|-) \w.*"
)
KEY = re.compile(r"\"?([\w/*{},.-]+)\"? = ")


def ignores(path: Path) -> Iterator[str]:
    """The comments of a module that are one."""
    with path.open("rb") as file:
        for token in tokenize.tokenize(file.readline):
            if token.type == tokenize.COMMENT and IGNORE.match(token.string):
                yield token.string


def unexplained(toml: str) -> Iterator[str]:
    """Lines of pyproject.toml that are part of an ignore and have no comment."""
    is_table_of_ignores = is_ignore = False
    for line in toml.splitlines():
        if line.startswith("["):
            is_table_of_ignores = is_ignore = "ignore" in line
            continue
        if key := KEY.match(line):
            is_ignore = is_table_of_ignores or bool(re.search("ignore|skip|exclude", key[1]))
        if is_ignore and line.strip(" []") and not line.endswith("= [") and "# " not in line:
            yield line


def test_a_comment_that_silences_a_checker_names_what_and_why() -> None:
    found = [(path.name, comment) for path in SOURCES for comment in ignores(path)]

    assert len(found) > 20
    assert [(name, it) for name, it in found if not EXPLAINED.fullmatch(it)] == []


def test_a_setting_that_silences_a_checker_says_why() -> None:
    assert list(unexplained((ROOT / "pyproject.toml").read_text())) == []


@pytest.mark.parametrize(
    "comment",
    ["# noqa", "# noqa: S105", "# noqa: S105 #", "# type: ignore", "# type: ignore # x", "# nosec"],
)
def test_an_ignore_without_a_reason_would_be_noticed(comment: str) -> None:
    assert IGNORE.match(comment)
    assert not EXPLAINED.fullmatch(comment)


@pytest.mark.parametrize(
    ("toml", "found"),
    [
        ('[a]\nignore = ["x"]', ['ignore = ["x"]']),
        ('[a]\nignore = [\n    "x", # why\n    "y",\n]\nkeep = ["z"]', ['    "y",']),
        ('[a.per-file-ignores]\n"src/*" = ["S"]\n', ['"src/*" = ["S"]']),
        ('[a]\nskips = ["x"] # why\n\n[b]\nkeep = 1', []),
    ],
)
def test_a_setting_without_a_reason_would_be_noticed(toml: str, found: list[str]) -> None:
    assert list(unexplained(toml)) == found
