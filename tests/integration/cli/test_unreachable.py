"""What a person is told when there is no server, or not the one that they mean."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from tests.integration.cli.command_line import Machine
from tests.integration.http.encrypted_server import encrypted_server
from tests.integration.http.losing_proxy import LosingProxy
from tests.integration.http.people import PASSWORD, Person, sign_up
from tests.integration.http.running_server import RunningServer, free_port


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """One that nobody knows but who is told."""
    return trustme.CA()


@pytest.fixture(scope="module")
def tls_server(
    tmp_path_factory: pytest.TempPathFactory, authority: trustme.CA
) -> Iterator[RunningServer]:
    with encrypted_server(tmp_path_factory.mktemp("tls"), authority) as running:
        yield running


def why_not(machine: Machine, server: str) -> str:
    """Why it cannot be reached."""
    login = ("login", "ada@example.org", "--password-stdin", "--server", server)
    complaint = machine.fail(*login, typed=f"{PASSWORD}\n", code=4)
    return complaint.partition("cannot be reached: ")[2].strip()


def test_where_nothing_listens(laptop: Machine) -> None:
    said = why_not(laptop, f"localhost:{free_port()}")

    assert said == "nothing listens there. Does it run, and is the port right?"


def test_where_the_name_is_unknown(laptop: Machine) -> None:
    said = why_not(laptop, "nowhere.invalid")

    assert said == "no address is known for that name. Is it spelt right?"


def test_where_the_name_cannot_be_one(laptop: Machine) -> None:
    said = laptop.fail("ls", "--server", "tasks.\udcff.example.org")

    assert "is no server's address" in said


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("missing.pem", "cannot be read: No such file or directory."),
        ("garbage.pem", "is no PEM file of certificates."),
    ],
)
def test_where_the_authority_cannot_be_used(laptop: Machine, name: str, reason: str) -> None:
    (laptop.home / "garbage.pem").write_text("garbage")
    laptop.variables["SSL_CERT_FILE"] = str(laptop.home / name)

    said = laptop.fail("login", "ada@example.org", "--server", "https://localhost:1")

    assert said == f"taskward: SSL_CERT_FILE: {laptop.home / name} {reason}\n"


def test_where_there_is_no_tls(laptop: Machine, server: RunningServer) -> None:
    said = why_not(laptop, f"https://127.0.0.1:{server.port}")

    assert said == "it does not speak TLS there. Is the port right, or is it http?"


def test_where_there_is_tls(laptop: Machine, tls_server: RunningServer) -> None:
    said = why_not(laptop, f"http://127.0.0.1:{tls_server.port}")

    assert said.endswith("Try again, or is it https?")


def test_where_the_answer_is_lost(laptop: Machine, server: RunningServer) -> None:
    with LosingProxy(server.port, lambda _: True) as proxy:
        said = why_not(laptop, proxy.base_url)

    assert said.startswith("its answer broke off")


def test_a_server_on_this_machine_is_asked_past_any_proxy(laptop: Machine, ada: Person) -> None:
    laptop.variables |= {"http_proxy": f"http://127.0.0.1:{free_port()}", "no_proxy": ""}

    said = laptop.run("login", ada.email, "--password-stdin", typed=f"{PASSWORD}\n")

    assert "Logged in" in said


def test_a_server_elsewhere_is_asked_through_the_proxy(
    laptop: Machine, ada: Person, server: RunningServer
) -> None:
    elsewhere = ("--server", "http://tasks.invalid", "--plain-http")
    laptop.variables |= {"http_proxy": server.base_url, "no_proxy": ""}

    said = laptop.run("login", ada.email, "--password-stdin", *elsewhere, typed=f"{PASSWORD}\n")

    assert "Logged in at http://tasks.invalid" in said


def test_where_the_certificate_is_unknown_until_its_authority_is_named(
    laptop: Machine, tls_server: RunningServer, authority: trustme.CA, tmp_path: Path
) -> None:
    with tls_server.client() as client:
        ada = sign_up(client)
    login = ("login", ada.email, "--password-stdin", "--server", tls_server.base_url)
    said = why_not(laptop, tls_server.base_url)
    assert said.startswith("its certificate is not trusted here (")
    assert "SSL_CERT_FILE" in said

    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    laptop.variables["SSL_CERT_FILE"] = str(tmp_path / "authority.pem")
    laptop.variables["https_proxy"] = f"http://127.0.0.1:{free_port()}"

    assert "Logged in" in laptop.run(*login, typed=f"{PASSWORD}\n")
