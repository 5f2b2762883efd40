"""What keeps the core a core, checked on its source."""

import ast
import sys
from collections.abc import Iterator
from dataclasses import is_dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import application
import domain

SOURCE = Path(domain.__path__[0]).parent
DOMAIN = sorted(Path(domain.__path__[0]).rglob("*.py"))
APPLICATION = sorted(Path(application.__path__[0]).rglob("*.py"))
USE_CASES = [
    path
    for path in APPLICATION
    if path.parent.name in {"accounts", "sessions", "tasks", "keys"} and path.stem != "__init__"
]
PORTS = [path for path in APPLICATION if path.parent.name == "ports" and path.stem != "__init__"]

IMPURE_CALLS = {"now", "utcnow", "today", "time", "time_ns", "monotonic", "urandom"}
IMPURE_MODULES = {"random", "secrets", "time", "uuid", "os"}


def name(path: Path) -> str:
    return str(path.relative_to(SOURCE))


def imported(path: Path) -> Iterator[str]:
    """The top-level packages that the module imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "" if node.level else (node.module or "").partition(".")[0]


def clock_readings(path: Path) -> Iterator[str]:
    """Calls such as ``datetime.now()``: of a module or class, not of a port in a field."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            receiver = ast.unparse(node.func.value)
            if node.func.attr in IMPURE_CALLS and not receiver.startswith("self."):
                yield f"{receiver}.{node.func.attr}"


def defined(path: Path) -> list[type[Any]]:
    """The public classes of a module."""
    module = import_module(".".join(path.relative_to(SOURCE).with_suffix("").parts))
    return [
        member
        for key, member in vars(module).items()
        if isinstance(member, type)
        and member.__module__ == module.__name__
        and not key.startswith("_")
    ]


def is_frozen_and_slotted(cls: type[Any]) -> bool:
    members = vars(cls)
    return is_dataclass(cls) and members["__dataclass_params__"].frozen and "__slots__" in members


def is_protocol(cls: type[Any]) -> bool:
    return bool(getattr(cls, "_is_protocol", False))


def camel_case(path: Path) -> str:
    return "".join(word.capitalize() for word in path.stem.split("_"))


def test_there_is_something_to_check() -> None:
    kinds = [DOMAIN, APPLICATION, USE_CASES, PORTS]

    assert all(kinds)


@pytest.mark.parametrize("path", DOMAIN, ids=name)
def test_the_domain_imports_the_standard_library_alone(path: Path) -> None:
    packages = set(imported(path))

    assert packages <= sys.stdlib_module_names | {"domain"}


@pytest.mark.parametrize("path", APPLICATION, ids=name)
def test_the_application_imports_the_domain_alone(path: Path) -> None:
    packages = set(imported(path))

    assert packages <= sys.stdlib_module_names | {"domain", "application"}


@pytest.mark.parametrize("path", [*DOMAIN, *APPLICATION], ids=name)
def test_time_and_chance_come_from_outside(path: Path) -> None:
    packages = set(imported(path))

    assert not packages & IMPURE_MODULES
    assert list(clock_readings(path)) == []


@pytest.mark.parametrize("path", USE_CASES, ids=name)
def test_a_use_case_is_one_file_with_one_callable_named_after_it(path: Path) -> None:
    [use_case] = [cls for cls in defined(path) if "__call__" in vars(cls)]

    assert use_case.__name__ == camel_case(path)
    assert is_frozen_and_slotted(use_case)


@pytest.mark.parametrize("path", PORTS, ids=name)
def test_a_port_is_one_file_with_one_protocol_named_after_it(path: Path) -> None:
    protocols = [cls.__name__ for cls in defined(path) if is_protocol(cls)]

    assert protocols.count(camel_case(path)) == 1


@pytest.mark.parametrize("path", [*DOMAIN, *APPLICATION], ids=name)
def test_what_holds_data_is_frozen_and_slotted(path: Path) -> None:
    holders = [cls for cls in defined(path) if is_dataclass(cls)]

    assert [cls for cls in holders if not is_frozen_and_slotted(cls)] == []
