"""How another adapter takes the place of Taskward's own."""

from collections.abc import Iterator

import pytest
from dependency_injector import containers
from dependency_injector.providers import Provider, Singleton

from application.ports.clock import Clock
from entrypoints.container import Container
from entrypoints.settings import Settings
from tests.samples import NOW
from tests.unit.fakes.clock import FakeClock


@pytest.fixture
def _declared_replacement() -> Iterator[None]:
    @containers.override(Container)
    class Replacements(containers.DeclarativeContainer):
        clock: Provider[Clock] = Singleton(FakeClock, NOW)

    yield
    Container.reset_override()


@pytest.mark.usefixtures("_declared_replacement")
def test_a_declared_replacement_reaches_the_use_cases_of_every_container() -> None:
    first, second = Container(settings=Settings()), Container(settings=Settings())

    used = [container.list_sessions().clock for container in (first, second)]

    assert all(isinstance(clock, FakeClock) for clock in used)
    assert used == [first.clock(), second.clock()]


def test_a_replacement_in_one_container_reaches_its_use_cases_alone() -> None:
    one, other = Container(settings=Settings()), Container(settings=Settings())
    clock = FakeClock(NOW)

    one.clock.override(clock)

    assert one.list_sessions().clock is clock
    assert other.list_sessions().clock is not clock
