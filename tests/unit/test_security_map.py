"""What docs/ says of security, compared with the code and with the tests that it names."""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from application.accounts.list_security_events import MAX_PAGE
from domain import password, second_factor, session, task, throttle, user
from entrypoints.http import request_body
from entrypoints.settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src"
SECURITY = (ROOT / "docs/security.md").read_text()
REQUIRED = (ROOT / "tests/unit/asvs_ids.txt").read_text().split()

MET = "met"
STATES = {MET, "does not apply", "not yet"}
NOTHING = "-"


class Row(NamedTuple):
    id: str
    level: str
    state: str
    how: str
    shown_by: str

    @property
    def tests(self) -> list[str]:
        return re.findall(r"`(tests/[^`]+)`", self.shown_by)


def rows_under(heading: str, text: str = SECURITY) -> list[list[str]]:
    """The cells of the tables under a heading, without their heads."""
    section = re.split(r"^#+ ", text.partition(f"\n## {heading}\n")[2], flags=re.MULTILINE)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip()[1:-1].split("|")] for line in lines]
    rulers = [at for at, row in enumerate(cells) if set("".join(row)) <= set("-|")]
    return [row for at, row in enumerate(cells) if not {at, at + 1} & set(rulers)]


def the_map() -> list[Row]:
    return [Row(*cells) for cells in rows_under("The map")]


def complaints(rows: Iterable[Row], required: Iterable[str]) -> Iterator[str]:
    """Whatever is wrong with the map."""
    wanted, seen = list(required), set()
    for row in rows:
        if row.id in seen:
            yield f"{row.id} stands twice"
        elif row.id not in wanted:
            yield f"{row.id} is not a requirement"
        seen.add(row.id)
        if not all(row):
            yield f"{row.id} has an empty cell"
        if row.state not in STATES:
            yield f"{row.id} is neither of {sorted(STATES)}"
        if bool(row.tests) != (row.state == MET) or (row.state != MET and row.shown_by != NOTHING):
            yield f"{row.id} names a test if, and only if, it is met"
        yield from (f"{row.id}: there is no {name}" for name in row.tests if not exists(name))
    yield from (f"{missing} is missing" for missing in wanted if missing not in seen)


def exists(test: str) -> bool:
    path, _, name = test.partition("::")
    return name in names_of_tests(ROOT / path)


@cache
def names_of_tests(path: Path) -> set[str]:
    """``function``, ``Class`` and ``Class::function``."""
    if not path.is_file():
        return set()
    found = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            found.add(node.name)
        elif isinstance(node, ast.ClassDef):
            methods = {
                f"{node.name}::{member.name}"
                for member in node.body
                if isinstance(member, ast.FunctionDef) and member.name.startswith("test_")
            }
            found |= methods | ({node.name} if methods else set())
    return found


def documented(page: str) -> str:
    return (ROOT / "docs" / page).read_text()


def default_of(name: str) -> str:
    """As docs/operations.md shows it; empty where it says so in words."""
    default = Settings.model_fields[name].default
    if default in (None, ()) or name == "workers":
        return ""
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def declared_access() -> Mapping[str, str]:
    """By operation, who may call it, read from the declarations in the source."""
    return {
        ast.literal_eval(given["id"]): ast.unparse(given["access"]).removeprefix("Access.")
        for path in (SOURCE / "entrypoints/http").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "Operation"
        for given in [{keyword.arg: keyword.value for keyword in node.keywords}]
    }


def error_codes() -> set[str]:
    given = re.compile(r'^    code = "(\w+)"$', re.MULTILINE)
    return {code for path in SOURCE.rglob("*.py") for code in given.findall(path.read_text())}


def test_every_requirement_has_one_row_and_every_test_it_names_exists() -> None:
    rows = the_map()

    found = list(complaints(rows, REQUIRED))

    assert found == []


GOOD = Row("1.1.1", "1", MET, "By this.", f"`tests/unit/{Path(__file__).name}::test_x`")


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ([], "1.1.1 is missing"),
        ([GOOD, GOOD], "1.1.1 stands twice"),
        ([GOOD, GOOD._replace(id="1.1.2")], "1.1.2 is not a requirement"),
        ([GOOD._replace(how="")], "1.1.1 has an empty cell"),
        ([GOOD._replace(state="nearly")], "1.1.1 is neither of"),
        ([GOOD._replace(shown_by="-")], "1.1.1 names a test if"),
        ([GOOD._replace(state="not yet")], "1.1.1 names a test if"),
        ([GOOD], "1.1.1: there is no tests/unit"),
        ([GOOD._replace(shown_by="`tests/unit/test_no.py::test_x`")], "1.1.1: there is no tests"),
    ],
)
def test_a_map_with_a_fault_is_complained_of(rows: list[Row], complaint: str) -> None:
    found = list(complaints(rows, ["1.1.1"]))

    assert any(sentence.startswith(complaint) for sentence in found)


def test_every_setting_is_documented_with_its_default() -> None:
    lines = documented("operations.md").splitlines()

    missing = [
        name
        for name in Settings.model_fields
        if not any(
            line.startswith(f"| `{PREFIX}{name.upper()}` | {default_of(name)}") for line in lines
        )
    ]

    assert missing == []


def test_every_error_code_is_documented() -> None:
    page = documented("compatibility.md")

    missing = {code for code in error_codes() if f"\n| `{code}` | " not in page}

    assert missing == set()


def test_every_operation_is_documented_with_who_may_call_it() -> None:
    words = {
        "PUBLIC": "anyone",
        "SIGNED_IN": "signed in",
        "SIGNED_IN_OR_COOKIE": "signed in, or by cookie",
    }

    page = {row[0].strip("`"): row[1] for row in rows_under("Who may do what")}

    assert page == {name: words[access] for name, access in declared_access().items()}


def test_the_documented_limits_are_those_of_the_code() -> None:
    sessions, throttles = session.SessionPolicy(), throttle.ThrottlePolicy()
    limits = {
        "request body": f"{request_body.MAX_BYTES // 1024} KiB",
        "email address": f"{user.MAX_EMAIL_LENGTH} characters",
        "first and last name": f"{user.MAX_NAME_LENGTH} characters each",
        "password": f"{password.MIN_LENGTH} to {password.MAX_LENGTH} characters",
        "name of a task": f"{task.MAX_NAME_LENGTH} characters",
        "tasks of a user": f"{task.MAX_TASKS}",
        "changes of tasks, user": (
            f"{Settings.model_fields['task_changes_per_minute'].default} a minute"
        ),
        "page of security events": f"{MAX_PAGE} events",
        "access token": f"{sessions.access_token.seconds // 60} minutes",
        "session without a refresh": f"{sessions.idle.days} days",
        "session in all": f"{sessions.maximum.days} days",
        "grace period of a refresh token": f"{sessions.grace.seconds} seconds",
        "retries within it": f"{sessions.grace_hits}",
        "password given again": f"{sessions.reauthentication.seconds // 60} minutes",
        "wrong passwords, account": f"{throttles.account.free} free",
        "wrong passwords, account at a known address": (
            f"{throttles.account_at_known_address.free} free"
        ),
        "wrong passwords, network": f"{throttles.network.free} free",
        "longest wait after a wrong password or code": (
            f"{throttles.account.longest_wait.seconds // 60} minutes"
        ),
        "wrong codes, account, and account at a known address": (
            f"{throttles.account.free} free each"
        ),
        "life of a code": f"{second_factor.STEP.seconds} seconds, once",
        "recovery codes": f"{second_factor.RECOVERY_CODES}, each once",
        "sign-ups, network": f"{throttles.signup.free} free",
        "refreshes, network": f"{Settings.model_fields['refreshes_per_minute'].default} a minute",
        "security events": f"{Settings.model_fields['audit_days'].default} days",
    }

    page = {row[0]: row[1] for row in rows_under("Limits and rules")}

    assert {name: page.get(name) for name in limits} == limits
