"""The operator's commands on each database, with nothing but the command between."""

from pathlib import Path

import pytest

from tests.integration.cli.command_line import Machine
from tests.integration.http.people import PASSWORD, Person, signup_body
from tests.integration.http.problems import assert_problem
from tests.integration.http.running_server import FOR_TESTS, RunningServer

SIGN_UP = "/api/users/signup"
NOT_UTF_8 = "\udcff"
"""How Python holds the byte FF of a command line."""


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def operator(database_url: str, data_dir: Path) -> Machine:
    """Where the server's settings are known."""
    settings = {"TASKWARD_DATA_DIR": str(data_dir), "TASKWARD_DATABASE_URL": database_url}
    return Machine(data_dir.parent, {**FOR_TESTS, **settings})


def open_account(operator: Machine, email: str) -> None:
    names = ("--first-name", "Ada", "--last-name", "Lovelace")
    operator.run("users", "add", email, *names, "--password-stdin", typed=f"{PASSWORD}\n")


def test_users_are_added_listed_disabled_and_enabled(operator: Machine) -> None:
    assert operator.json("users", "list") == []
    for email in ("ada@example.org", "Bob@Example.org"):
        open_account(operator, email)

    assert "ada@example.org" in operator.run("users", "list")
    assert "is disabled" in operator.run("users", "disable", "BOB@example.org")
    states = {user["email"]: user["disabledAt"] for user in operator.json("users", "list")}
    assert states["ada@example.org"] is None
    assert states["bob@example.org"] is not None

    operator.run("users", "enable", "bob@example.org")
    assert all(user["disabledAt"] is None for user in operator.json("users", "list"))


def test_an_account_needs_what_a_sign_up_needs(operator: Machine) -> None:
    names = ("--first-name", "Ada", "--last-name", "Lovelace", "--password-stdin")

    short = operator.fail("users", "add", "ada@example.org", *names, typed="short\n")

    assert short == "taskward: The password must have at least 8 characters.\n"
    assert operator.json("users", "list") == []


def test_accounts_that_the_operator_opens_are_not_limited_like_sign_ups(
    operator: Machine,
) -> None:
    operator.variables["TASKWARD_SIGNUPS_PER_ADDRESS"] = "1"

    for email in ("ada@example.org", "bob@example.org", "eve@example.org"):
        open_account(operator, email)

    assert len(operator.json("users", "list")) == 3


def test_accounts_are_opened_by_the_operator_alone_where_sign_up_is_closed(
    operator: Machine, data_dir: Path, database_url: str
) -> None:
    operator.variables["TASKWARD_SIGNUP"] = "closed"
    settings = {"DATABASE_URL": database_url, "WORKERS": "1", "SIGNUP": "closed"}

    open_account(operator, "ada@example.org")

    with RunningServer(data_dir, settings) as server, server.client() as client:
        assert_problem(client.post(SIGN_UP, json=signup_body("eve@example.org")), 403, "S06")
        assert_problem(client.post(SIGN_UP, json=signup_body("ada@example.org")), 403, "S06")
        assert Person("ada@example.org").log_in(client)["firstName"] == "Ada"
    assert [user["email"] for user in operator.json("users", "list")] == ["ada@example.org"]


def test_nobody_cannot_be_disabled(operator: Machine) -> None:
    said = operator.fail("users", "disable", "nobody@example.org")

    assert said == "taskward: There is no user with this email address.\n"


@pytest.mark.parametrize(
    "command",
    [
        ("users", "disable"),
        ("users", "enable"),
        ("users", "remove-second-factor"),
        ("users", "set-password-link"),
        ("sessions", "list"),
        ("sessions", "revoke", "--user"),
    ],
    ids=" ".join,
)
def test_an_address_that_is_not_utf_8_is_nobodys(
    operator: Machine, command: tuple[str, ...]
) -> None:
    said = operator.fail(*command, f"{NOT_UTF_8}@example.org")

    assert said == "taskward: There is no user with this email address.\n"


@pytest.mark.parametrize("at", [0, 2, 4])
def test_no_account_is_opened_with_what_is_not_utf_8(operator: Machine, at: int) -> None:
    asked = ["ada@example.org", "--first-name", "Ada", "--last-name", "Lovelace"]
    asked[at] += NOT_UTF_8

    operator.fail("users", "add", *asked, "--password-stdin", typed=f"{PASSWORD}\n")

    assert operator.json("users", "list") == []


def test_no_link_leads_to_what_is_not_utf_8(operator: Machine) -> None:
    open_account(operator, "ada@example.org")
    url = f"https://{NOT_UTF_8}.example.org"

    said = operator.fail("users", "set-password-link", "ada@example.org", "--url", url)

    assert "is no page's address" in said


def test_what_the_operator_does_takes_effect_at_once(
    operator: Machine, data_dir: Path, database_url: str
) -> None:
    for email in ("ada@example.org", "bob@example.org"):
        open_account(operator, email)

    with (
        RunningServer(data_dir, {"DATABASE_URL": database_url, "WORKERS": "2"}) as server,
        server.client() as client,
    ):

        def log_in(email: str) -> dict[str, str]:
            body = {"email": email, "password": PASSWORD}
            tokens: dict[str, str] = client.post("/api/users/login", json=body).json()
            return tokens

        def is_in(tokens: dict[str, str]) -> bool:
            bearer = {"Authorization": f"Bearer {tokens['accessToken']}"}
            return client.get("/api/tasks", headers=bearer).status_code == 200

        adas, bobs = [log_in("ada@example.org") for _ in range(3)], log_in("bob@example.org")
        listed = operator.json("sessions", "list")
        assert {it["email"] for it in listed} == {"ada@example.org", "bob@example.org"}
        assert len(operator.json("sessions", "list", "ada@example.org")) == 3

        operator.run("sessions", "revoke", adas[0]["sessionId"], adas[1]["sessionId"][:8])
        assert [is_in(tokens) for tokens in (*adas, bobs)] == [False, False, True, True]

        said = operator.run("sessions", "revoke", "--user", "ada@example.org")
        assert said == "Ended 1 session.\n"
        assert [is_in(tokens) for tokens in (*adas, bobs)] == [False, False, False, True]

        adas, bobs = [log_in("ada@example.org")], log_in("bob@example.org")
        assert operator.run("sessions", "revoke", "--everybody") == "Ended 3 sessions.\n"
        assert not any(is_in(tokens) for tokens in (*adas, bobs))
        assert operator.run("sessions", "revoke", "--everybody") == "Ended 0 sessions.\n"

        bobs = log_in("bob@example.org")
        operator.run("users", "disable", "bob@example.org")
        assert not is_in(bobs)
        assert "accessToken" not in log_in("bob@example.org")
        operator.run("users", "enable", "bob@example.org")
        assert not is_in(bobs)
        assert is_in(log_in("bob@example.org"))
    assert "Forgotten" in operator.run("sessions", "prune")


@pytest.mark.parametrize("session_id", ["x", "00" * 16])
def test_a_session_that_is_none_is_refused(operator: Machine, session_id: str) -> None:
    said = operator.fail("sessions", "revoke", session_id)

    assert "no" in said
    assert "session" in said


def test_sessions_of_nobody_are_not_taken_for_none(operator: Machine) -> None:
    assert "no user" in operator.fail("sessions", "list", "nobody@example.org")


def test_sessions_to_revoke_must_be_named(operator: Machine) -> None:
    told = operator.ran("sessions", "revoke", code=2).stderr

    assert "Usage: taskward sessions revoke" in told
    assert "--user" in told
