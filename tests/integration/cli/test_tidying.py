"""What the server's main process does once a day, as the days pass."""

import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from dependency_injector.providers import Object

from application.accounts.signup import SignupCommand
from application.ports.keyring import KeyDescription, KeyPurpose
from application.ports.store import StoreUnavailable
from application.sessions.login import LoginCommand
from domain.session import Client
from domain.user import EmailAddress
from entrypoints.cli.serve import tidy_daily
from entrypoints.container import Container
from entrypoints.settings import Settings
from tests.integration.http.in_process import container_in
from tests.integration.http.people import PASSWORD
from tests.integration.http.running_server import environment
from tests.unit.fakes.clock import FakeClock

LAPTOP = Client("laptop", "Mozilla/5.0", "192.0.2.1")
ADA = EmailAddress("ada@example.org")
A_DAY = timedelta(days=1)


FORK_WHILE_TIDYING = """
import os, sys
from threading import Event, Thread, Timer
from dependency_injector.providers import Object
from entrypoints.cli.serve import tidy_daily
from entrypoints.cli.start import start

_, container = start()
container.store().upgrade()
has_begun, may_end, next_day = Event(), Event(), Event()

def tidy():
    has_begun.set()
    may_end.wait()
    print("tidied", flush=True)

def wait(seconds):
    if has_begun.is_set():
        next_day.wait()

container.forget_old.override(Object(tidy))
Thread(target=tidy_daily, args=(container, wait), daemon=True).start()
has_begun.wait()
Timer(0.3, may_end.set).start()
if not os.fork():
    print("forked", flush=True)
    os._exit(0)
os.wait()
"""


class TheEndError(Exception):
    """Of the server, and of the test."""


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def container(tmp_path: Path, clock: FakeClock) -> Container:
    """With a user who has logged in once, and never came back."""
    container = container_in(tmp_path)
    container.clock.override(Object(clock))
    container.signup()(SignupCommand(ADA, PASSWORD, PASSWORD, "Ada", "Lovelace", LAPTOP))
    container.login()(LoginCommand(ADA, PASSWORD, LAPTOP))
    return container


def pass_days(
    container: Container,
    clock: FakeClock,
    days: int,
    look: Callable[[], object] = lambda: None,
) -> None:
    """Let ``tidy_daily`` run for so many days, and ``look`` before the first and after each."""
    waited: list[float] = []

    def wait(seconds: float) -> None:
        look()
        if len(waited) == days:
            raise TheEndError
        waited.append(seconds)
        clock.advance(timedelta(seconds=seconds))

    with pytest.raises(TheEndError):
        tidy_daily(container, wait)

    assert set(waited) == {A_DAY.total_seconds()}


def events(container: Container) -> list[tuple[str, str]]:
    page = container.list_security_events().of_all(None, 100)
    return [(event.kind.value, event.detail) for event in page.events]


def test_events_and_sessions_go_on_the_day_on_which_they_are_too_old(
    container: Container, clock: FakeClock
) -> None:
    stored: list[tuple[bool, int]] = []
    with container.uow().read() as tx:
        user = tx.users.by_email(ADA)
    assert user

    def look() -> None:
        with container.uow().read() as tx:
            sessions = len(tx.sessions.of_user(user.id))
        stored.append((("logged_in", "") in events(container), sessions))

    pass_days(container, clock, 200, look)

    # 180 days after the login, and 180 after the session was idle for 14.
    assert [has_event for has_event, _ in stored] == [True] * 181 + [False] * 20
    assert [sessions for _, sessions in stored] == [1] * 195 + [0] * 6


def test_keys_are_replaced_when_they_are_90_days_old_and_removed_after_as_many_more(
    container: Container, clock: FakeClock
) -> None:
    found: list[Sequence[KeyDescription]] = []

    def look() -> None:
        found.append(container.keyring().keys())

    pass_days(container, clock, 182, look)

    # Those of the second rotation have been in use for 5 seconds less than 90 days.
    assert events(container).count(("keys_rotated", "by_age")) == 2
    assert [day for day in range(1, 183) if found[day] != found[day - 1]] == [90, 181]
    first = {key.id for key in found[0] if key.active_from}
    assert first <= {key.id for key in found[180]}
    assert not first & {key.id for key in found[181]}


def test_a_database_that_is_away_is_tried_again_the_next_day(
    container: Container, clock: FakeClock
) -> None:
    tried = []

    def forget() -> None:
        tried.append(clock.now())
        raise StoreUnavailable

    container.forget_old.override(Object(forget))

    pass_days(container, clock, 3)

    assert len(tried) == 3


def test_keys_that_cannot_be_replaced_are_complained_of_and_go_on(
    container: Container, clock: FakeClock, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = container.keyring().keys()
    (tmp_path / "keyring.json").chmod(0o644)

    pass_days(container, clock, 91)

    assert container.keyring().keys() == before
    complaints = capsys.readouterr().err.splitlines()
    assert [line for line in complaints if line.startswith("taskward: The keyring")]
    assert events(container) == [("logged_in", "")]


@pytest.mark.parametrize(
    ("settings", "days"),
    [
        ({}, 90),
        ({"database_url": "postgresql://db.example.org/taskward"}, None),
        ({"database_url": "postgresql://db.example.org/taskward", "keys_rotate_days": "30"}, 30),
        ({"keys_rotate_days": "0.5"}, 0.5),
    ],
)
def test_by_itself_it_replaces_keys_that_no_other_machine_has(
    settings: dict[str, str], days: float | None
) -> None:
    lifetime = Settings.model_validate(settings).key_lifetime

    assert lifetime == (days and timedelta(days=days))


def test_the_older_of_both_purposes_counts(container: Container, clock: FakeClock) -> None:
    """A change of the algorithm makes new keys of one purpose alone."""
    clock.advance(80 * A_DAY)
    changed = Settings(data_dir=container.settings().data_dir, jwt_algorithm="ES256")
    restarted = Container(settings=changed)
    restarted.clock.override(Object(clock))
    restarted.keyring()

    pass_days(restarted, clock, 10)

    keys = restarted.keyring().keys()
    assert len([k for k in keys if k.purpose is KeyPurpose.REFRESH and k.active_from]) == 2


def test_no_worker_is_forked_while_the_main_process_tidies(tmp_path: Path) -> None:
    forked = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FORK_WHILE_TIDYING],
        env=environment(tmp_path / "data"),
        check=True,
        capture_output=True,
        text=True,
    )

    assert forked.stdout.split() == ["tidied", "forked"]
