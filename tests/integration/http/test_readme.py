"""What the documents tell people to type, typed."""

import re
import shutil
import subprocess
from itertools import takewhile
from pathlib import Path

import pytest

from entrypoints.settings import PREFIX, Settings
from tests.integration.http.running_server import DEADLINE_SECONDS, RunningServer, environment

ROOT = Path(__file__).parents[3]
WALK = "## The whole life of a session"

# What differs from run to run, in the order in which it is looked for.
CHANGING = {
    r"ada-\d+-\d+@": "ada@",
    r'"(accessToken|refreshToken|sessionId|ts|requestId)": ?"[^"]*"': r'"\1":"..."',
    r'"userId": ?\d+': '"userId":0',
}


def blocks(markdown: str, *languages: str) -> list[str]:
    fences = "|".join(languages)
    return re.findall(rf"^```(?:{fences})\n(.*?)^```$", markdown, re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def walk() -> str:
    """The section of the README that shows a session's life."""
    lines = (ROOT / "README.md").read_text().splitlines(keepends=True)
    begin = lines.index(f"{WALK}\n") + 1
    return "".join(takewhile(lambda line: not line.startswith("## "), lines[begin:]))


def without_what_changes(text: str) -> list[str]:
    for pattern, replacement in CHANGING.items():
        text = re.sub(pattern, replacement, text)
    return [line.rstrip() for line in text.splitlines() if line.strip()]


def test_the_walk_of_the_readme_does_what_it_says(
    walk: str, server: RunningServer, tmp_path: Path
) -> None:
    script = "".join(blocks(walk, "sh"))
    shown = "".join(blocks(walk, "json", "text"))
    assert shutil.which("curl"), "the walk needs curl"
    assert script.count("curl") >= 5

    typed = subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", script],
        env={**environment(tmp_path), "BASE": server.base_url},
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
    )

    assert (typed.returncode, typed.stderr) == (0, "")
    assert without_what_changes(typed.stdout) == without_what_changes(shown)


def test_every_setting_is_explained_to_operators() -> None:
    text = (ROOT / "docs" / "operations.md").read_text()
    explained = set(re.findall(rf"{PREFIX}[A-Z0-9_]+", text))

    assert {f"{PREFIX}{name.upper()}" for name in Settings.model_fields} <= explained


def test_no_document_names_a_setting_that_is_not_there() -> None:
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    for command in (ROOT / "src" / "entrypoints" / "cli").rglob("*.py"):
        known |= set(re.findall(rf'"({PREFIX}[A-Z]+)"', command.read_text()))

    for document in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))):
        named = set(re.findall(rf"{PREFIX}[A-Z0-9_]*[A-Z0-9]", document.read_text()))
        assert named <= known, document.name
