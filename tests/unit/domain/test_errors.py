"""Refusals speak to programs by their code and to people in a sentence."""

import pkgutil
from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module
from types import ModuleType

import pytest

import application
import domain
from domain.errors import DomainError, NotFound
from domain.session import TooManyRetries


def refusals() -> Iterator[type[DomainError]]:
    """Every error of the domain and the application that is not merely a kind."""
    for package in (domain, application):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name != "domain.errors":
                yield from defined_in(import_module(module.name))


def defined_in(module: ModuleType) -> Iterator[type[DomainError]]:
    for member in vars(module).values():
        is_error = isinstance(member, type) and issubclass(member, DomainError)
        if is_error and member.__module__ == module.__name__:
            yield member


@pytest.mark.parametrize("refusal", list(refusals()))
def test_every_refusal_has_a_code_and_a_sentence(refusal: type[DomainError]) -> None:
    code, sentence = refusal.code, refusal.sentence

    assert code.isidentifier()
    assert sentence[0].isupper()
    assert " " in sentence


class NoSuchThing(NotFound):
    code = "X01"
    sentence = "There is no such thing."


def test_a_refusal_says_its_sentence_unless_there_is_a_better_one() -> None:
    usual = NoSuchThing()

    particular = NoSuchThing("There is no such teapot.")

    assert str(usual) == "There is no such thing."
    assert str(particular) == "There is no such teapot."


def test_a_refusal_that_ends_by_itself_says_when() -> None:
    wait = timedelta(seconds=7)

    usual = TooManyRetries(wait)
    particular = TooManyRetries(wait, "Not again.")

    assert (usual.retry_after, str(usual)) == (wait, TooManyRetries.sentence)
    assert (particular.retry_after, str(particular)) == (wait, "Not again.")
