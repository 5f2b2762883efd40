"""Backups of a server that is at work, and their way back."""

import os
import resource
import shutil
import signal
import sqlite3
import stat
import tarfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event, Semaphore

import httpx
import pytest

from adapters.persistence.snapshots import SqlSnapshots
from application.ports.store import StoreUnavailable
from entrypoints.cli import backup
from tests.integration.cli.command_line import Machine
from tests.integration.http.people import bearer, sign_up
from tests.integration.http.running_server import DEADLINE_SECONDS, FOR_TESTS, RunningServer

WRITERS = 3


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def operator(data_dir: Path) -> Machine:
    return Machine(data_dir.parent, {**FOR_TESTS, "TASKWARD_DATA_DIR": str(data_dir)})


def serving(data_dir: Path) -> RunningServer:
    return RunningServer(data_dir, {"WORKERS": "2"})


def names(client: httpx.Client) -> list[str]:
    answer = client.get("/api/tasks")
    assert answer.status_code == 200, answer.text
    return [task["name"] for task in answer.json()]


def test_a_backup_is_of_one_instant_while_others_write(
    operator: Machine, data_dir: Path, tmp_path: Path
) -> None:
    stopped, written = Event(), Semaphore(0)

    def write(server: RunningServer) -> None:
        with server.client() as client:
            client.headers.update(bearer(sign_up(client).log_in(client)))
            while not stopped.is_set():
                assert client.post("/api/tasks", json={"name": "x" * 400}).status_code == 201
                written.release()

    def wait_for_more() -> None:
        while written.acquire(blocking=False):
            pass
        # One more than there are writers: one of them has begun a task since.
        for _ in range(WRITERS + 1):
            assert written.acquire(timeout=DEADLINE_SECONDS)

    with serving(data_dir) as server, ThreadPoolExecutor() as pool:
        writers = [pool.submit(write, server) for _ in range(WRITERS)]
        try:
            for number in range(3):
                wait_for_more()
                operator.run("backup", f"{number}.tar")
        finally:
            stopped.set()
        for writer in writers:
            writer.result()

    counts = [consistent_count(tmp_path / f"{number}.tar", tmp_path) for number in range(3)]
    assert 0 < counts[0] < counts[1] < counts[2]


def consistent_count(backup: Path, folder: Path) -> int:
    """How many tasks are in it; each user's counter must be what their tasks say."""
    with tarfile.open(backup) as archive:
        archive.extract("taskward.db", folder, filter="data")
    with closing(sqlite3.connect(folder / "taskward.db")) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        counters = raw.execute("SELECT user_id, last_number FROM task_lists ORDER BY 1").fetchall()
        tasks = raw.execute("SELECT user_id, count(*) FROM tasks GROUP BY 1 ORDER BY 1").fetchall()
    assert counters == tasks
    return sum(count for _, count in tasks)


def test_a_backup_is_for_its_owner_alone(operator: Machine, data_dir: Path) -> None:
    with serving(data_dir):
        operator.run("backup", "a.tar")

    written = operator.home / "a.tar"
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    with tarfile.open(written) as archive:
        assert archive.getnames() == ["about.json", "keyring.json", "taskward.db"]
    assert [it.name for it in operator.home.iterdir() if it.name.startswith(".")] == []


def test_what_is_restored_is_as_it_was_and_signs_nobody_out(
    operator: Machine, data_dir: Path
) -> None:
    with serving(data_dir) as server, server.client() as client:
        tokens = bearer(sign_up(client).log_in(client))
        client.headers.update(tokens)
        client.post("/api/tasks", json={"name": "before"})
        operator.run("backup", "a.tar")
        client.post("/api/tasks", json={"name": "after"})
        assert names(client) == ["before", "after"]

    said = operator.run("restore", "a.tar", "--yes")

    assert "What was there before is in" in said
    with serving(data_dir) as server, server.client() as client:
        client.headers.update(tokens)
        assert names(client) == ["before"]
    assert len(list(data_dir.glob("taskward.db.before-*"))) == 1
    assert len(list(data_dir.glob("keyring.json.before-*"))) == 1


def test_new_keys_sign_everybody_out(operator: Machine, data_dir: Path) -> None:
    with serving(data_dir) as server, server.client() as client:
        person = sign_up(client)
        tokens = bearer(person.log_in(client))
        operator.run("backup", "a.tar")

    operator.run("restore", "a.tar", "--yes", "--new-keys")

    with serving(data_dir) as server, server.client() as client:
        assert client.get("/api/tasks", headers=tokens).status_code == 401
        assert person.log_in(client)


def test_a_backup_can_be_put_where_nothing_is_yet(
    operator: Machine, data_dir: Path, tmp_path: Path
) -> None:
    with serving(data_dir) as server, server.client() as client:
        tokens = bearer(sign_up(client).log_in(client))
        operator.run("backup", "a.tar")
    operator.variables["TASKWARD_DATA_DIR"] = str(tmp_path / "moved")

    operator.run("restore", "a.tar", "--yes")

    with serving(tmp_path / "moved") as server, server.client() as client:
        assert client.get("/api/tasks", headers=tokens).status_code == 200
    for path in (tmp_path / "moved").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_nothing_is_restored_under_a_running_server(operator: Machine, data_dir: Path) -> None:
    with serving(data_dir) as server, server.client() as client:
        client.headers.update(bearer(sign_up(client).log_in(client)))
        client.post("/api/tasks", json={"name": "kept"})
        operator.run("backup", "a.tar")

        said = operator.fail("restore", "a.tar", "--yes")

        assert "stop the server first" in said
        assert names(client) == ["kept"]
    assert list(data_dir.glob("*before*")) == []


@contextmanager
def files_no_longer_than(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def damage_header(database: Path) -> None:
    database.write_bytes(b"no database" * 1000)


def cut_off(database: Path) -> None:
    os.truncate(database, 3 * 4096)


def empty_first_page(database: Path) -> None:
    with database.open("r+b") as file:
        file.seek(100)
        file.write(bytes(3996))


@pytest.mark.parametrize("damage", [damage_header, cut_off, empty_first_page])
def test_a_damaged_database_is_replaced_and_kept_beside(
    operator: Machine, data_dir: Path, damage: Callable[[Path], None]
) -> None:
    with serving(data_dir) as server, server.client() as client:
        tokens = bearer(sign_up(client).log_in(client))
        operator.run("backup", "a.tar")
    database = data_dir / "taskward.db"
    damage(database)
    damaged = database.read_bytes()
    (data_dir / "taskward.db-wal").write_bytes(b"of the damaged one")

    operator.run("restore", "a.tar", "--yes")

    with serving(data_dir) as server, server.client() as client:
        assert client.get("/api/tasks", headers=tokens).status_code == 200
    [kept] = data_dir.glob("taskward.db.before-*Z")
    assert kept.read_bytes() == damaged
    assert kept.with_name(kept.name + "-wal").read_bytes() == b"of the damaged one"


def test_a_damaged_database_that_is_in_use_stays(operator: Machine, data_dir: Path) -> None:
    with serving(data_dir) as server, server.client() as client:
        client.headers.update(bearer(sign_up(client).log_in(client)))
        operator.run("backup", "a.tar")
        with closing(sqlite3.connect(data_dir / "taskward.db")) as raw:
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with (data_dir / "taskward.db").open("r+b") as file:
            file.write(b"no database at all")

        said = operator.fail("restore", "a.tar", "--yes")

        assert "stop the server first" in said
    assert list(data_dir.glob("*before*")) == []


def test_nothing_that_was_kept_is_overwritten(operator: Machine, data_dir: Path) -> None:
    operator.run("db", "upgrade")
    operator.run("backup", "a.tar")
    for _ in range(3):
        operator.run("restore", "a.tar", "--yes")

    assert len(list(data_dir.glob("taskward.db.before-*"))) == 3


def test_a_disk_that_takes_nothing_is_not_taken_for_damage(
    operator: Machine, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator.run("db", "upgrade")
    operator.run("backup", "a.tar")
    database = data_dir / "taskward.db"
    with closing(sqlite3.connect(database, isolation_level=None)) as raw:
        raw.execute("CREATE TABLE much (content BLOB)")
        raw.execute("INSERT INTO much VALUES (zeroblob(3000000))")
        for name in ("taskward.db", "taskward.db-wal"):
            shutil.copyfile(data_dir / name, operator.home / name)
    for name in ("taskward.db", "taskward.db-wal"):
        shutil.move(operator.home / name, data_dir / name)
    for name, value in operator.variables.items():
        monkeypatch.setenv(name, value)

    with files_no_longer_than(1024 * 1024), pytest.raises(StoreUnavailable):
        backup.restore(operator.home / "a.tar", yes=True)

    with closing(sqlite3.connect(database)) as raw:
        assert raw.execute("SELECT length(content) FROM much").fetchone() == (3000000,)


def test_a_damaged_backup_is_told_from_a_damaged_database(
    operator: Machine, data_dir: Path
) -> None:
    operator.run("db", "upgrade")
    operator.run("backup", "a.tar")
    whole = (operator.home / "a.tar").read_bytes()
    (operator.home / "a.tar").write_bytes(whole.replace(b"SQLite format 3", b"SQLite format 9"))

    said = operator.fail("restore", "a.tar", "--yes")

    assert said == "taskward: The database in this copy is damaged: take another one.\n"


def test_a_damaged_keyring_is_not_taken_for_a_backup(operator: Machine, data_dir: Path) -> None:
    with serving(data_dir):
        operator.run("backup", "a.tar")
    good = (operator.home / "a.tar").read_bytes()
    (data_dir / "keyring.json").write_text("{}")

    said = operator.fail("backup", "a.tar", "--force")

    assert f"The keyring {data_dir / 'keyring.json'} is damaged" in said
    assert (operator.home / "a.tar").read_bytes() == good


def test_a_backup_whose_keys_are_damaged_can_be_put_back_with_new_ones(
    operator: Machine, data_dir: Path
) -> None:
    with serving(data_dir) as server, server.client() as client:
        person = sign_up(client)
        operator.run("backup", "a.tar")
    parts = operator.home / "parts"
    with tarfile.open(operator.home / "a.tar") as archive:
        archive.extractall(parts, filter="data")
    (parts / "keyring.json").write_text("{}")
    with tarfile.open(operator.home / "a.tar", "w") as archive:
        for part in parts.iterdir():
            archive.add(part, part.name)

    said = operator.fail("restore", "a.tar", "--yes")
    operator.run("restore", "a.tar", "--yes", "--new-keys")

    assert "The keyring in a.tar cannot be used; with --new-keys it is left out" in said
    assert "The keyring a.tar is damaged" in said
    with serving(data_dir) as server, server.client() as client:
        assert person.log_in(client)


def test_a_backup_without_keys_leaves_those_that_are_there(
    operator: Machine, data_dir: Path
) -> None:
    operator.run("db", "upgrade")
    said = operator.run("backup", "a.tar")
    with serving(data_dir):
        pass
    before = (data_dir / "keyring.json").read_bytes()

    operator.run("restore", "a.tar", "--yes")

    assert "there is no keyring yet" in said
    assert (data_dir / "keyring.json").read_bytes() == before


def test_a_backup_holds_the_keys_that_its_database_needs(
    operator: Machine, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(data_dir):
        pass
    before = (data_dir / "keyring.json").read_bytes()
    for name, value in operator.variables.items():
        monkeypatch.setenv(name, value)
    take = SqlSnapshots.take

    def slowly(snapshots: SqlSnapshots, target: Path, progress: Callable[[int, int], None]) -> None:
        take(snapshots, target, progress)
        operator.run("keys", "rotate")

    monkeypatch.setattr(SqlSnapshots, "take", slowly)
    backup.backup(operator.home / "a.tar")

    assert (data_dir / "keyring.json").read_bytes() != before
    with tarfile.open(operator.home / "a.tar") as archive:
        packed = archive.extractfile("keyring.json")
        assert packed is not None
        assert packed.read() == before


def test_keys_that_cannot_be_put_back_leave_all_as_it_was(
    operator: Machine, data_dir: Path
) -> None:
    with serving(data_dir):
        operator.run("backup", "a.tar")
    before = (data_dir / "keyring.json").read_bytes()
    in_the_way = data_dir / ".keyring.json.restored"
    in_the_way.mkdir()

    said = operator.fail("restore", "a.tar", "--yes")

    assert list(data_dir.glob("*.before-*")) == []
    assert (data_dir / "keyring.json").read_bytes() == before
    assert said == f"taskward: {in_the_way} cannot be written: Is a directory.\n"


def test_nobody_else_can_read_what_is_being_put_back(
    operator: Machine, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(data_dir):
        operator.run("backup", "a.tar")
    modes, copyfile = [], shutil.copyfile

    def watched(source: Path, target: Path) -> None:
        copyfile(source, target)
        modes.append(stat.S_IMODE(target.stat().st_mode))

    monkeypatch.setattr(shutil, "copyfile", watched)
    for name, value in operator.variables.items():
        monkeypatch.setenv(name, value)
    umask = os.umask(0o022)
    try:
        backup.restore(operator.home / "a.tar", yes=True)
    finally:
        os.umask(umask)

    assert set(modes) == {0o600}
    assert stat.S_IMODE((data_dir / "keyring.json").stat().st_mode) == 0o600


def test_a_file_that_is_there_is_not_overwritten(operator: Machine) -> None:
    operator.run("db", "upgrade")
    (operator.home / "a.tar").write_text("precious")

    assert "already" in operator.fail("backup", "a.tar")
    assert (operator.home / "a.tar").read_text() == "precious"

    operator.run("backup", "a.tar", "--force")
    operator.run("restore", "a.tar", "--yes")


def test_what_is_no_backup_is_refused(operator: Machine) -> None:
    operator.run("db", "upgrade")
    (operator.home / "text").write_text("no tar file")
    (operator.home / "about.json").write_text('{"takenAt": "2030-01-01"}')
    (operator.home / "taskward.db").write_text("no database")
    with tarfile.open(operator.home / "fake.tar", "w") as archive:
        for name in ("about.json", "taskward.db"):
            archive.add(operator.home / name, name)

    for file in ("text", "fake.tar", "none"):
        operator.fail("restore", file, "--yes")
    assert "add --yes" in operator.fail("restore", "fake.tar")


def test_a_place_that_is_none_is_told_of(operator: Machine) -> None:
    operator.run("db", "upgrade")

    said = operator.fail("backup", "none/a.tar")

    assert said == "taskward: There is no directory none to put a.tar into.\n"


def test_postgresql_is_left_to_its_own_tools(operator: Machine, postgresql_url: str) -> None:
    operator.variables["TASKWARD_DATABASE_URL"] = postgresql_url

    assert "pg_dump" in operator.fail("backup", "a.tar")
    assert not (operator.home / "a.tar").exists()


def test_on_a_terminal_bars_tell_how_far_it_is(operator: Machine) -> None:
    operator.run("db", "upgrade")

    made, _ = operator.on_terminal("backup", "b.tar")
    put_back, _ = operator.on_terminal("restore", "b.tar", typed=["y"])

    assert "Copying the database" in made
    assert "Packing" in made
    assert "Reading the backup" in put_back
    assert "Putting it back" in put_back


def test_elsewhere_nothing_is_told_of_how_far_it_is(operator: Machine) -> None:
    operator.run("db", "upgrade")

    assert operator.ran("backup", "b.tar").stderr == ""
    assert operator.ran("restore", "b.tar", "--yes").stderr == ""
