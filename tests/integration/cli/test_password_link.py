"""The operator's command that gives somebody a link to set a new password."""

import shutil
from pathlib import Path
from socket import gethostname

import pytest

from tests.integration.cli.command_line import Machine
from tests.integration.http.people import PASSWORD
from tests.integration.http.running_server import FOR_TESTS

ADA = "ada@example.org"


@pytest.fixture(scope="module")
def with_ada(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory of a server with one user, Ada."""
    home = tmp_path_factory.mktemp("with-ada")
    operator = operator_at(home)
    operator.run("db", "upgrade")
    names = ("--first-name", "Ada", "--last-name", "Lovelace")
    operator.run("users", "add", ADA, *names, "--password-stdin", typed=f"{PASSWORD}\n")
    return home / "data"


@pytest.fixture
def operator(with_ada: Path, tmp_path: Path) -> Machine:
    shutil.copytree(with_ada, tmp_path / "data")
    return operator_at(tmp_path)


def operator_at(home: Path) -> Machine:
    return Machine(home, {**FOR_TESTS, "TASKWARD_DATA_DIR": str(home / "data")})


def test_the_link_alone_is_printed_for_programs(operator: Machine) -> None:
    made = operator.ran("users", "set-password-link", "ADA@example.org")

    [link] = made.stdout.splitlines()
    page, _, token = link.rpartition("/")
    assert page == "http://127.0.0.1:8000/#/set-password"
    assert len(token) == 43
    assert ADA in made.stderr
    assert token not in made.stderr


def test_each_link_has_a_secret_of_its_own(operator: Machine) -> None:
    links = {operator.run("users", "set-password-link", ADA) for _ in range(2)}

    assert len(links) == 2


@pytest.mark.parametrize(
    ("settings", "options", "page"),
    [
        ({"PUBLIC_ORIGIN": "https://tasks.example.org"}, (), "https://tasks.example.org"),
        (
            {"PUBLIC_ORIGIN": "https://tasks.example.org"},
            ("--url", "https://other.example.org/"),
            "https://other.example.org",
        ),
        ({"HOST": "0.0.0.0"}, (), f"http://{gethostname()}:8000"),
        ({"HOST": "::"}, (), f"http://{gethostname()}:8000"),
        ({"HOST": "::1", "PORT": "8443"}, (), "http://[::1]:8443"),
        ({"HOST": "192.0.2.1", "TLS_CERT": "c", "TLS_KEY": "k"}, (), "https://192.0.2.1:8000"),
    ],
)
def test_the_link_leads_to_where_the_page_is(
    operator: Machine, settings: dict[str, str], options: tuple[str, ...], page: str
) -> None:
    operator.variables.update({f"TASKWARD_{name}": value for name, value in settings.items()})

    assert operator.run("users", "set-password-link", ADA, *options).startswith(f"{page}/#/")


def test_one_that_leads_to_this_machine_alone_is_warned_of(operator: Machine) -> None:
    here = operator.ran("users", "set-password-link", ADA).stderr
    elsewhere = ("--url", "https://tasks.example.org")
    for_all = operator.ran("users", "set-password-link", ADA, *elsewhere).stderr

    assert "TASKWARD_PUBLIC_ORIGIN" in here
    assert "TASKWARD_PUBLIC_ORIGIN" not in for_all


@pytest.mark.parametrize("url", ["tasks.example.org", "ftp://x", "https://", "https://x/path"])
def test_an_address_that_is_none_is_refused(operator: Machine, url: str) -> None:
    said = operator.fail("users", "set-password-link", ADA, "--url", url)

    assert "is no page's address" in said


def test_there_is_none_for_nobody_or_for_a_disabled_user(operator: Machine) -> None:
    nobody = operator.fail("users", "set-password-link", "nobody@example.org")
    operator.run("users", "disable", ADA)
    disabled = operator.fail("users", "set-password-link", ADA)

    assert nobody == "taskward: There is no user with this email address.\n"
    assert disabled == "taskward: This user is disabled. Enable the user first.\n"


@pytest.mark.parametrize("hours", ["0", "169", "x"])
def test_it_works_for_an_hour_to_a_week(operator: Machine, hours: str) -> None:
    operator.run("users", "set-password-link", ADA, "--hours", "168")

    operator.ran("users", "set-password-link", ADA, "--hours", hours, code=2)
