"""A password on standard input, of which nobody knows how the system would read it."""

import sys
from io import BytesIO, TextIOWrapper

import pytest

from entrypoints.cli.failure import CommandError
from entrypoints.cli.person.proof import ask_for_password


def typed(monkeypatch: pytest.MonkeyPatch, line: bytes, errors: str) -> None:
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(line), "utf-8", errors))


def test_is_the_first_line(monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, "ein Spaziergang am Gestade, früh\r\nmore\n".encode(), "strict")

    password = ask_for_password(from_stdin=True)

    assert password == "ein Spaziergang am Gestade, früh"


@pytest.mark.parametrize("errors", ["strict", "surrogateescape"])
def test_is_refused_where_it_is_not_utf_8(monkeypatch: pytest.MonkeyPatch, errors: str) -> None:
    typed(monkeypatch, "früh am Gestade\n".encode("latin-1"), errors)

    with pytest.raises(CommandError, match="not UTF-8"):
        ask_for_password(from_stdin=True)
