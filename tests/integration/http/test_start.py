"""How `taskward serve` starts, and what it says when it can't."""

import os
import shutil
import socket
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
import trustme

from tests.integration.databases import execute
from tests.integration.http.conftest import new_postgres_database
from tests.integration.http.people import Person, sign_up
from tests.integration.http.running_server import RunningServer, free_port, run

Files = dict[str, tuple[bytes, int]]

# The superuser may write whatever a file's mode says, unless it gives that up.
AS_ANYBODY = (
    ["setpriv", "--bounding-set=-dac_override", "--inh-caps=-all"] if os.geteuid() == 0 else []
)
# Who reads no file that is closed to them, either; nor reaches the PostgreSQL of these tests.
READING_AS_ANYBODY = [part.replace("override", "override,-dac_read_search") for part in AS_ANYBODY]


@pytest.fixture(scope="module")
def used_once(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Person]:
    """What a server leaves behind that has one user."""
    data_dir = tmp_path_factory.mktemp("used") / "data"
    with RunningServer(data_dir) as server, server.client() as client:
        person = sign_up(client)
    return data_dir, person


@pytest.fixture
def data_dir(used_once: tuple[Path, Person], tmp_path: Path) -> Path:
    return Path(shutil.copytree(used_once[0], tmp_path / "data"))


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        yield port


def complaint(
    data_dir: Path, *arguments: str, prefix: Sequence[str] = AS_ANYBODY, **settings: str
) -> str:
    """The one line that a command ends with which can't begin, and that changes nothing."""
    before = contents(data_dir)
    ended = run(data_dir, *arguments, settings=settings, prefix=prefix)
    assert (ended.returncode, ended.stdout) == (1, ""), ended
    assert contents(data_dir) == before
    (line,) = ended.stderr.splitlines()
    assert line.startswith("taskward: ")
    assert line.endswith((".", "?", "upgrade"))
    return line


def contents(folder: Path) -> Files:
    if not folder.is_dir():
        return {}
    return {
        str(path): (path.read_bytes() if path.is_file() else b"", path.stat().st_mode)
        for path in sorted(folder.rglob("*"))
    }


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PORT", "abc", "must be a whole number, not 'abc'"),
        ("PORT", "0", "must be at least 1, not '0'"),
        ("PORT", "99999", "must be at most 65535, not '99999'"),
        ("PIN_WORKERS", "maybe", "must be true or false, not 'maybe'"),
        ("HOST", "localhost", "must be an IP address such as 127.0.0.1, not 'localhost'"),
        ("METRICS_HOST", "tasks.invalid", "must be an IP address such as 127.0.0.1"),
        ("METRICS_PORT", "8000", "TASKWARD_PORT must differ"),
        ("WORKERS", "-1", "must be at least 1, not '-1'"),
        ("JWT_ALGORITHM", "none", "must be 'EdDSA', 'ES256', 'RS256' or 'HS256', not 'none'"),
        ("JWT_ISSUER", "a b", "printable ASCII"),
        ("CORS_ORIGINS", "*", "is not an origin such as https://"),
        ("CORS_ORIGINS", "https://tasks.example.org/", "is not an origin such as https://"),
        ("SIGNUP", "invited", "must be 'open' or 'closed', not 'invited'"),
        (
            "TRUSTED_PROXIES",
            "10.0.0.1/8",
            "10.0.0.1/8 is an address in a network: write 10.0.0.0/8",
        ),
        ("TRUSTED_PROXIES", "::1, fe80::1/64", "write fe80::/64"),
        (
            "TRUSTED_PROXIES",
            "{proxy}",
            "must be addresses or networks such as 10.0.0.0/8, not '{proxy}'",
        ),
        ("ACCESS_TOKEN_SECONDS", "0", "must be at least 1, not '0'"),
        ("SESSION_IDLE_DAYS", "0", "must be more than 0, not '0'"),
        ("SESSION_IDLE_DAYS", "nan", "must be at most 3650, not 'nan'"),
        ("SESSION_MAX_DAYS", "a month", "must be a number, not 'a month'"),
        ("PROT", "8000", "misspelt"),
        ("DATABASE_URL", "mysql://taskward:hidden@localhost/x", "sqlite:/// or postgresql://"),
        ("DATABASE_URL", "sqlite:///", "sqlite:////path"),
        ("DATABASE_URL", "postgresql://taskward:hidden@[x", "cannot be understood"),
    ],
)
def test_a_wrong_setting_is_named(data_dir: Path, name: str, value: str, said: str) -> None:
    line = complaint(data_dir, "serve", **{name: value})

    assert f"TASKWARD_{name}" in line
    assert said in line
    assert "hidden" not in line


@pytest.mark.parametrize(
    ("entry", "named"),
    [("TASKWARD_PORT=abc", "TASKWARD_PORT"), ("TASKWARD_PROT=8000", "TASKWARD_PROT")],
)
def test_a_wrong_entry_in_the_env_file_is_named(data_dir: Path, entry: str, named: str) -> None:
    data_dir.with_name(".env").write_text(f"{entry}\n")

    assert named in complaint(data_dir, "serve")


def test_an_env_file_that_is_no_text_or_closed_is_named(data_dir: Path) -> None:
    env_file = data_dir.with_name(".env")
    env_file.write_bytes(b"\xff\xfe")
    no_text = complaint(data_dir, "serve")
    env_file.chmod(0)
    closed = complaint(data_dir, "serve", prefix=READING_AS_ANYBODY)

    assert no_text == "taskward: The .env file is not a text in UTF-8."
    assert closed == "taskward: The .env file cannot be read: Permission denied."


def test_what_others_keep_in_the_env_file_is_theirs(data_dir: Path) -> None:
    lines = ["TASKWARD_METRICS_PORT=", "TASKWARD_SERVER=tasks.example.org", "OTHER=1", "port=x"]
    data_dir.with_name(".env").write_text("\n".join(lines))

    assert run(data_dir, "db", "current").returncode == 0


def test_a_port_that_another_program_has_is_named(data_dir: Path, taken_port: int) -> None:
    line = complaint(data_dir, "serve", PORT=str(taken_port))

    assert "TASKWARD_PORT" in line
    assert line.endswith(f"127.0.0.1:{taken_port}: Address already in use.")


def test_a_port_that_another_taskward_has_is_named(data_dir: Path, tmp_path: Path) -> None:
    with RunningServer(tmp_path / "other") as other:
        line = complaint(data_dir, "serve", PORT=str(other.port))

    assert f"TASKWARD_PORT: cannot listen on 127.0.0.1:{other.port}" in line


def test_a_port_for_metrics_that_is_taken_is_named(data_dir: Path, taken_port: int) -> None:
    line = complaint(data_dir, "serve", PORT=str(free_port()), METRICS_PORT=str(taken_port))

    assert "TASKWARD_METRICS_PORT" in line


@pytest.mark.parametrize("setting", ["PORT", "METRICS_PORT"])
def test_a_start_that_cannot_listen_makes_nothing(
    tmp_path: Path, taken_port: int, setting: str
) -> None:
    ports = {"PORT": str(free_port()), setting: str(taken_port)}

    line = complaint(tmp_path / "data", "serve", "--demo", **ports)

    assert "cannot listen" in line


def test_a_start_without_its_certificate_makes_nothing(tmp_path: Path) -> None:
    missing = str(tmp_path / "missing.pem")
    settings = {"PORT": str(free_port()), "TLS_CERT": missing, "TLS_KEY": missing}

    line = complaint(tmp_path / "data", "serve", "--demo", **settings)

    assert "TASKWARD_TLS_CERT" in line


def test_an_address_that_is_not_this_machines_is_named(data_dir: Path) -> None:
    line = complaint(data_dir, "serve", HOST="192.0.2.1", PORT="8000")

    assert "TASKWARD_HOST: cannot listen on 192.0.2.1:8000" in line


def test_a_certificate_comes_with_its_key(data_dir: Path, tmp_path: Path) -> None:
    garbage = tmp_path / "garbage.pem"
    garbage.write_text("-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n")
    authority = trustme.CA()
    one, other = (authority.issue_cert("localhost") for _ in range(2))
    certificate, other_key = tmp_path / "certificate.pem", tmp_path / "other_key.pem"
    one.cert_chain_pems[0].write_to_path(str(certificate))
    other.private_key_pem.write_to_path(str(other_key))
    port = str(free_port())

    lines = [
        complaint(data_dir, "serve", PORT=port, TLS_CERT=str(certificate)),
        complaint(data_dir, "serve", PORT=port, TLS_KEY=str(other_key)),
        complaint(data_dir, "serve", PORT=port, TLS_CERT=str(garbage), TLS_KEY=str(garbage)),
        complaint(data_dir, "serve", PORT=port, TLS_CERT=str(certificate), TLS_KEY=str(other_key)),
    ]

    for line in lines:
        assert "TASKWARD_TLS_CERT" in line
        assert "TASKWARD_TLS_KEY" in line


@pytest.mark.parametrize("setting", ["TLS_CERT", "TLS_KEY"])
def test_a_certificate_or_key_that_is_not_there_is_named(
    data_dir: Path, tmp_path: Path, setting: str
) -> None:
    (tmp_path / "there.pem").touch()
    missing = tmp_path / "missing.pem"
    files = {"TLS_CERT": tmp_path / "there.pem", "TLS_KEY": tmp_path / "there.pem"}
    named = {name: str(file) for name, file in (files | {setting: missing}).items()}

    line = complaint(data_dir, "serve", PORT=str(free_port()), **named)

    told = f"TASKWARD_{setting}: {missing} cannot be read: No such file or directory."
    assert line == f"taskward: {told}"


def test_a_database_in_a_folder_that_is_not_there_is_named_once(data_dir: Path) -> None:
    url = "sqlite:////nonexistent/x.db"

    line = complaint(data_dir, "db", "upgrade", DATABASE_URL=url)

    told = "The database cannot be made in /nonexistent: No such file or directory."
    assert line == f"taskward: TASKWARD_DATABASE_URL: {told}"


def test_a_data_directory_that_cannot_be_one_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("mine")
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)

    for impossible in (file, file / "below", closed / "below"):
        line = complaint(tmp_path / "unused", "serve", DATA_DIR=str(impossible))

        assert "TASKWARD_DATA_DIR" in line
        assert str(impossible) in line
    assert file.read_text() == "mine"


def test_a_database_that_may_not_be_written_to_is_named(data_dir: Path) -> None:
    database = data_dir / "taskward.db"
    database.chmod(0o400)
    data_dir.chmod(0o500)

    line = complaint(data_dir, "serve", PORT=str(free_port()))

    assert str(database) in line


@pytest.mark.parametrize("content", [b"this is no database, however long it may be" * 100, None])
def test_what_is_no_database_is_left_as_it_is(data_dir: Path, content: bytes | None) -> None:
    database = data_dir / "taskward.db"
    database.unlink()
    if content is None:
        database.mkdir()
    else:
        database.write_bytes(content)

    line = complaint(data_dir, "serve", PORT=str(free_port()))

    assert str(database) in line


def cut(keyring: Path) -> None:
    keyring.write_bytes(keyring.read_bytes()[:-20])


def empty(keyring: Path) -> None:
    keyring.write_bytes(b"")


def garble(keyring: Path) -> None:
    keyring.write_bytes(b"\xff\x00{}")


def without_keys(keyring: Path) -> None:
    keyring.write_text('{"format": 1, "keys": []}')


def open_to_others(keyring: Path) -> None:
    keyring.chmod(0o640)


def a_link(keyring: Path) -> None:
    keyring.rename(keyring.with_name("elsewhere"))
    keyring.symlink_to("elsewhere")


def a_folder(keyring: Path) -> None:
    keyring.unlink()
    keyring.mkdir()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (cut, "is damaged: put back a backup"),
        (empty, "is damaged: put back a backup"),
        (garble, "is damaged: put back a backup"),
        (without_keys, "is damaged: put back a backup"),
        (open_to_others, "run chmod 600"),
        (a_link, "not a regular file"),
        (a_folder, "not a regular file"),
    ],
)
def test_a_keyring_that_cannot_be_used_is_named_and_left_as_it_is(
    data_dir: Path, spoil: Callable[[Path], None], said: str
) -> None:
    keyring = data_dir / "keyring.json"
    spoil(keyring)

    line = complaint(data_dir, "serve", PORT=str(free_port()))

    assert str(keyring) in line
    assert said in line


@pytest.mark.parametrize("command", ["list", "rotate", "prune"])
def test_no_command_touches_a_keyring_that_is_damaged(data_dir: Path, command: str) -> None:
    cut(data_dir / "keyring.json")

    assert "is damaged" in complaint(data_dir, "keys", command)


def test_a_postgresql_that_cannot_be_reached_is_named_without_its_password(data_dir: Path) -> None:
    url = f"postgresql://taskward:hidden@127.0.0.1:{free_port()}/taskward"

    for command in ("serve", "db upgrade", "db check", "db current"):
        line = complaint(data_dir, *command.split(), PORT=str(free_port()), DATABASE_URL=url)

        assert "TASKWARD_DATABASE_URL: The database cannot be reached" in line
        assert "refused" in line
        assert line.endswith("accepting TCP/IP connections?")
        assert "hidden" not in line


def test_whom_postgresql_does_not_know_is_named_with_the_reason(
    data_dir: Path, postgres_server_url: str
) -> None:
    url = httpx.URL(new_postgres_database(postgres_server_url)).copy_with(username="nobody-here")

    for command in ("serve", "db upgrade"):
        line = complaint(data_dir, *command.split(), PORT=str(free_port()), DATABASE_URL=str(url))

        assert "TASKWARD_DATABASE_URL: The database cannot be reached" in line
        assert "nobody-here" in line


def test_who_may_make_no_table_in_postgresql_is_told(
    data_dir: Path, postgres_server_url: str
) -> None:
    empty = new_postgres_database(postgres_server_url)
    name = f"guest_{uuid4().hex}"
    execute(empty, f"CREATE ROLE {name} LOGIN")
    url = httpx.URL(empty).copy_with(username=name)

    line = complaint(data_dir, "db", "upgrade", DATABASE_URL=str(url))

    assert "does not let its user do this" in line
    assert "permission denied for schema public" in line


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_a_postgresql_database_that_cannot_hold_every_character_is_not_used(
    data_dir: Path, postgres_server_url: str, encoding: str
) -> None:
    url = new_postgres_database(postgres_server_url, encoding)

    for command in ("serve", "db upgrade", "db check"):
        line = complaint(data_dir, *command.split(), DATABASE_URL=url)

        assert f"TASKWARD_DATABASE_URL: The database's encoding is {encoding}" in line
        assert line.endswith("createdb -E UTF8 -T template0.")

    assert execute(url, "SELECT 1 FROM pg_tables WHERE schemaname = 'public'") == []


def test_after_a_clean_stop_the_file_alone_is_the_whole_database(
    used_once: tuple[Path, Person], tmp_path: Path
) -> None:
    data_dir, person = used_once

    copied = shutil.copy(data_dir / "taskward.db", tmp_path / "copied.db")

    assert not (data_dir / "taskward.db-wal").exists()
    with closing(sqlite3.connect(copied)) as connection:
        assert connection.execute("SELECT email FROM users").fetchall() == [(person.email,)]


def test_an_outdated_schema_on_postgresql_is_not_served(
    data_dir: Path, postgres_server_url: str
) -> None:
    url = new_postgres_database(postgres_server_url)

    for command in ("serve", "db check"):
        line = complaint(data_dir, *command.split(), PORT=str(free_port()), DATABASE_URL=url)
        assert line.endswith("Run: taskward db upgrade")

    assert execute(url, "SELECT 1 FROM pg_tables WHERE schemaname = 'public'") == []


def test_a_schema_of_a_newer_version_is_not_touched(
    data_dir: Path, postgres_server_url: str
) -> None:
    url = new_postgres_database(postgres_server_url)
    assert run(data_dir, "db", "upgrade", settings={"DATABASE_URL": url}).returncode == 0
    execute(url, "UPDATE alembic_version SET version_num = '9999'")
    newer = {"DATABASE_URL": url, "PORT": str(free_port())}

    for command in ("serve", "db upgrade", "db check"):
        line = complaint(data_dir, *command.split(), **newer)
        assert "newer version" in line
    assert run(data_dir, "db", "current", settings=newer).stdout == "9999\n"


def test_a_second_start_finds_what_the_first_left(
    used_once: tuple[Path, Person], data_dir: Path
) -> None:
    _, person = used_once
    keyring = data_dir / "keyring.json"
    keys = keyring.read_bytes()

    for _ in range(2):
        with RunningServer(data_dir) as server, server.client() as client:
            assert person.log_in(client)["firstName"] == "Ada"

    assert keyring.read_bytes() == keys
    assert keyring.stat().st_mode & 0o777 == 0o600


def test_what_it_makes_is_its_owners_alone(tmp_path: Path) -> None:
    data_dir = tmp_path / "deep" / "data"
    data_dir.parent.mkdir()

    assert run(data_dir, "keys", "list").returncode == 0
    assert run(data_dir, "db", "upgrade").returncode == 0

    assert data_dir.stat().st_mode & 0o777 == 0o700
    modes = {path.name: path.stat().st_mode & 0o777 for path in data_dir.iterdir()}
    assert modes == {"keyring.json": 0o600, "taskward.db": 0o600}


def test_the_demo_user_has_a_password_of_its_own_told_once(tmp_path: Path) -> None:
    server = RunningServer(tmp_path / "data", arguments=("--demo",))

    with server, server.client() as client:
        (told,) = [line for line in server.lines if line.startswith("Demo user: ")]
        _, _, email, _, password, *_ = told.split()
        tokens = Person(email, password).log_in(client)
        client.headers["Authorization"] = f"Bearer {tokens['accessToken']}"
        tasks = client.get("/api/tasks").json()
    assert len(tasks) == 4
    assert "told only this once" in told

    server.lines.clear()
    with server, server.client() as client:
        (told,) = [line for line in server.lines if "demo user" in line]
        assert "exists already" in told
        assert password not in server.output
        assert Person(email, password).log_in(client)


def test_a_demo_user_has_another_password_elsewhere(tmp_path: Path) -> None:
    told = []
    for name in ("one", "other"):
        with RunningServer(tmp_path / name, {"WORKERS": "1"}, arguments=("--demo",)) as server:
            told += [line for line in server.lines if line.startswith("Demo user: ")]

    assert len(set(told)) == 2
