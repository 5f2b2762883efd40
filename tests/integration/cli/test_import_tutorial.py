"""The tutorial's users and tasks, from the files that SQL Server's tools make."""

import hashlib
from base64 import b64encode
from pathlib import Path

import pytest

from tests.integration.cli.command_line import Machine
from tests.integration.http.running_server import FOR_TESTS, RunningServer

PASSWORD = "the tutorial's password"
SALT = bytes(range(32))
KEY = hashlib.pbkdf2_hmac("sha256", PASSWORD.encode(), SALT, 100_000, 32)
HASH = f"{b64encode(KEY).decode()},{b64encode(SALT).decode()}"

USERS = f"""Id,Email,Password,PasswordSalt,FirstName,LastName,TS,Active
1,grace@example.org,{HASH},Grace,Hopper,2022-01-14 12:30:00.0000000,1
2,alan@example.org,{HASH},Alan,"Turing, OBE",2022-01-15 08:00:00.1234567,0
"""
TASKS = '''Id,UserId,Name,IsCompleted,TS
5,1,Write a compiler,1,2022-02-01 10:00:00.0000000
9,1,"Find the ""bug""",0,2022-02-02 10:00:00.0000000
'''
BEFORE_YEAR_1 = "0001-01-01 00:59:59 +01:00"
AFTER_YEAR_9999 = "9999-12-31 23:00:00 -01:00"


@pytest.fixture
def operator(database_url: str, tmp_path: Path) -> Machine:
    settings = {
        "TASKWARD_DATA_DIR": str(tmp_path / "data"),
        "TASKWARD_DATABASE_URL": database_url,
    }
    (tmp_path / "users.csv").write_text(USERS)
    (tmp_path / "tasks.csv").write_text(TASKS)
    return Machine(tmp_path, {**FOR_TESTS, **settings})


def test_users_come_with_their_passwords_ids_and_tasks(
    operator: Machine, database_url: str
) -> None:
    said = operator.run("import-tutorial", "users.csv", "tasks.csv")

    assert said == "Imported 2 users and 2 tasks.\n"
    settings = {"DATABASE_URL": database_url, "WORKERS": "1"}
    with RunningServer(operator.home / "data", settings) as server, server.client() as client:
        for _ in range(2):  # the second time with the hash made anew
            body = {"email": "grace@example.org", "password": PASSWORD}
            tokens = client.post("/api/users/login", json=body).json()
            assert tokens["userId"] == 1
        client.headers["Authorization"] = f"Bearer {tokens['accessToken']}"
        tasks = client.get("/api/tasks").json()
        added = client.post("/api/tasks", json={"name": "Next"}).json()
        body = {"email": "alan@example.org", "password": PASSWORD}
        assert client.post("/api/users/login", json=body).status_code == 401
    assert [(it["id"], it["name"], it["isCompleted"]) for it in tasks] == [
        (5, "Write a compiler", True),
        (9, 'Find the "bug"', False),
    ]
    assert added["id"] == 10


def test_nothing_is_imported_twice(operator: Machine) -> None:
    operator.run("import-tutorial", "users.csv", "tasks.csv")

    again = operator.ran("import-tutorial", "users.csv", "tasks.csv", code=1)

    assert "users.csv, line 2: grace@example.org has an account already." in again.stderr
    assert len(operator.json("users", "list")) == 2


@pytest.mark.parametrize(
    ("file", "before", "after", "told"),
    [
        ("users.csv", ",0\n", ",maybe\n", "users.csv, line 3: Active is neither 0 nor 1: 'maybe'."),
        ("users.csv", "2,alan", "two,alan", "users.csv, line 3: Id is no number: 'two'."),
        ("users.csv", "2022-01-15 08", "15.1.2022 08", "line 3: TS is no time"),
        ("users.csv", "2022-01-15", "2022-02-30", "line 3: TS is no time"),
        ("users.csv", "2022-01-15 08:00:00.1234567", BEFORE_YEAR_1, "line 3: TS is no time"),
        ("tasks.csv", "2022-02-02 10:00:00.0000000", AFTER_YEAR_9999, "line 3: TS is no time"),
        (
            "users.csv",
            '"Turing, OBE"',
            "Turing, OBE",
            "line 3: 9 columns, where the first line names 8.",
        ),
        ("users.csv", "alan@example.org", "alan", "line 3: The email address is not valid."),
        ("users.csv", "PasswordSalt", "Salz", "must name the column PasswordSalt"),
        ("users.csv", f"2,alan@example.org,{HASH}", "2,alan@example.org,x,y", "line 3: The "),
        ("tasks.csv", "9,1,", "9,3,", "tasks.csv, line 3: there is no user 3."),
        ("tasks.csv", '"Find the ""bug"""', '"Find the', "tasks.csv, line 3:"),
    ],
)
def test_what_is_wrong_is_told_by_line_and_nothing_imported(
    operator: Machine, file: str, before: str, after: str, told: str
) -> None:
    path = operator.home / file
    assert before in path.read_text()
    path.write_text(path.read_text().replace(before, after))

    said = operator.ran("import-tutorial", "users.csv", "tasks.csv", code=1).stderr

    assert told in said
    assert "Traceback" not in said
    assert operator.json("users", "list") == []


def test_more_tasks_than_an_account_keeps_are_refused_with_their_user(operator: Machine) -> None:
    operator.variables["TASKWARD_MAX_TASKS"] = "1"

    said = operator.ran("import-tutorial", "users.csv", "tasks.csv", code=1).stderr

    told = "users.csv, line 2: there are 2 tasks, and an account keeps up to 1.\n"
    assert said == f"{told}taskward: Nothing was imported: 1 line to mend.\n"
    assert operator.json("users", "list") == []


def as_sqlcmd(text: str) -> bytes:
    head, *rows = text.splitlines()
    rule = ",".join("-" * len(name) for name in head.split(","))
    return "\r\n".join([head, rule, *rows, "", f"({len(rows)} rows affected)", ""]).encode()


@pytest.mark.parametrize(
    "written",
    [
        USERS.encode("utf-8-sig"),
        USERS.encode("utf-16"),
        USERS.replace('"Turing, OBE"', "Turing").replace(",", ";").encode(),
        USERS.replace('"Turing, OBE"', "Turing").replace(",", "\t").encode(),
        USERS.lower().split("\n")[0].encode() + USERS[USERS.index("\n") :].encode(),
        as_sqlcmd(USERS),
    ],
    ids=["BOM", "UTF-16", "semicolons", "tabs", "lower case", "sqlcmd"],
)
def test_files_of_all_tools_are_understood(tmp_path: Path, written: bytes) -> None:
    (tmp_path / "users.csv").write_bytes(written)
    machine = Machine(tmp_path)

    said = machine.run("import-tutorial", "--check", "users.csv")

    assert said == "2 users and 0 tasks can be read.\n"


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"Id\n\xe9\n", b"\x00\x01"])
def test_what_is_no_table_is_told_in_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "users.csv").write_bytes(content)

    Machine(tmp_path).fail("import-tutorial", "users.csv")


def test_a_file_that_is_not_there_is_told_of(tmp_path: Path) -> None:
    said = Machine(tmp_path).fail("import-tutorial", "none.csv")

    assert said == "taskward: none.csv cannot be read: No such file or directory.\n"


def test_on_a_terminal_a_bar_tells_how_far_it_is(operator: Machine) -> None:
    operator.run("db", "upgrade")

    shown, code = operator.on_terminal("import-tutorial", "users.csv", "tasks.csv")

    assert code == 0, shown
    assert "Importing" in shown
