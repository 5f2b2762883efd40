"""docs/dependencies.md has a reason for each package, and for each floor in pyproject.toml."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from tests.unit.test_security_map import rows_under

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/dependencies.md").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PIN = re.compile(r"^([a-z0-9-]+)(?:\[[a-z,]+\])?==([0-9.]+)", re.MULTILINE)
REQUIREMENT = re.compile(r"([a-z0-9-]+)(?:\[[a-z,]+\])?>=([0-9.]+)")
DECLARED = {
    "What Taskward needs": PROJECT["project"]["dependencies"],
    "What the tests need": PROJECT["dependency-groups"]["test"],
}


def floors(requirements: Iterable[str]) -> Mapping[str, str]:
    """By package. Raises AssertionError for one that has none, or more than one."""
    matches = [REQUIREMENT.fullmatch(each) for each in requirements]
    assert all(matches), requirements
    return {match[1]: match[2] for match in matches if match}


@pytest.mark.parametrize("heading", DECLARED)
def test_each_package_has_its_floor_and_the_reasons_for_both(heading: str) -> None:
    rows = rows_under(heading, PAGE)

    assert {row[0].strip("`"): row[1] for row in rows} == floors(DECLARED[heading])
    assert [row for row in rows if len(row) != 4 or not all(row)] == []


def test_what_is_pinned_is_not_below_its_floor() -> None:
    files = [(ROOT / "requirements" / name).read_text() for name in ("run.txt", "test.txt")]
    pins = dict(match for text in files for match in PIN.findall(text))

    below = [
        f"{name}=={pins[name]}"
        for requirements in DECLARED.values()
        for name, floor in floors(requirements).items()
        if numbers(pins[name]) < numbers(floor)
    ]

    assert below == []


def numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
