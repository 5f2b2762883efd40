"""A person's commands against a real server whose access tokens last a second."""

import json
import stat
from datetime import timedelta
from pathlib import Path
from time import sleep

import pytest

from tests.integration.cli.command_line import Machine
from tests.integration.http.people import PASSWORD, Person, bearer
from tests.integration.http.running_server import RunningServer, free_port, until
from tests.integration.http.storage import Storage

NOT_UTF_8 = "\udcff"
"""How Python holds the byte FF of a command line."""


def tokens_of(machine: Machine) -> list[Path]:
    return list((machine.home / ".local/state/taskward").glob("*.json"))


class TestTasks:
    def test_go_through_their_whole_life(self, adas: Machine) -> None:
        assert adas.run("add", "Water", "the", "plants") == "1 [ ] Water the plants\n"
        assert adas.run("add", "Post the letter") == "2 [ ] Post the letter\n"
        assert adas.run("done", "1", "2") == "1 [x] Water the plants\n2 [x] Post the letter\n"
        assert adas.run("done", "--undo", "2") == "2 [ ] Post the letter\n"
        assert adas.run("edit", "2", "Post", "both") == "2 [ ] Post both\n"
        assert [task["id"] for task in adas.json("ls")] == [2]
        assert [task["id"] for task in adas.json("ls", "done")] == [1]
        assert adas.run("rm", "2") == "Deleted 2 Post both\n"
        assert [task["name"] for task in adas.json("ls", "all")] == ["Water the plants"]

    def test_whose_name_is_not_utf_8_are_not_added(self, adas: Machine) -> None:
        said = adas.fail("add", NOT_UTF_8)

        assert said == "taskward: This cannot be sent, for it is not UTF-8.\n"
        assert adas.json("ls") == []

    def test_are_lines_for_programs(self, adas: Machine) -> None:
        adas.run("add", "one")

        [line] = adas.run("ls").splitlines()

        assert line.split("\t")[:3] == ["1", "[ ]", "one"]

    def test_are_a_table_on_a_terminal(self, adas: Machine) -> None:
        adas.run("add", "one")

        shown, code = adas.on_terminal("ls")

        assert code == 0
        assert "Since" in shown
        assert "one" in shown

    @pytest.mark.parametrize(
        ("ts", "zone"),
        [("0001-01-01T00:00:00Z", "EST5"), ("9999-12-31T23:59:59Z", "JST-9")],
    )
    def test_are_told_in_utc_where_local_time_has_no_such_year(
        self, adas: Machine, ada: Person, server: RunningServer, ts: str, zone: str
    ) -> None:
        with server.client() as client:

            def add() -> bool:
                # Its access token may last no longer than until the second is over.
                headers = bearer(ada.log_in(client))
                body = {"name": "one", "ts": ts}
                return client.post("/api/tasks", json=body, headers=headers).status_code == 201

            until(add, "the task is added")
        adas.variables["TZ"] = zone

        listed, done = adas.run("ls"), adas.run("done", "1")

        assert listed == f"1\t[ ]\tone\t{ts[:16].replace('T', ' ')}\n"
        assert done == "1 [x] one\n"

    def test_cannot_steer_the_terminal(self, adas: Machine) -> None:
        adas.run("add", "\x1b]0;owned\x07\u202egnp.exe \x9b31m [bold]x[/bold]")

        shown, _ = adas.on_terminal("ls")
        line = adas.run("ls")

        for said in (shown, line):
            assert "owned" in said
            assert "[bold]x[/bold]" in said
            assert not {"\x07", "\u202e", "\x9b"} & set(said)
        assert "\x1b]0;" not in shown
        assert "\x1b" not in line

    @pytest.mark.parametrize("command", [["rm", "77"], ["done", "77"], ["edit", "77", "x"]])
    def test_that_are_not_there_are_named(self, adas: Machine, command: list[str]) -> None:
        assert adas.fail(*command) == "taskward: There is no task 77: see taskward ls all.\n"

    def test_that_are_not_there_keep_no_other_from_being_done(self, adas: Machine) -> None:
        adas.run("add", "one")
        adas.run("add", "two")

        ended = adas.ran("done", "1", "77", "2", "78", "77", code=1)

        assert ended.stdout == "1 [x] one\n2 [x] two\n"
        assert ended.stderr == "taskward: There is no task 77, 78: see taskward ls all.\n"
        assert adas.json("ls") == []

    def test_are_deleted_on_a_terminal_only_after_a_yes(self, adas: Machine) -> None:
        adas.run("add", "one")

        _, code = adas.on_terminal("rm", "1", typed=["n"])
        assert code != 0
        assert len(adas.json("ls")) == 1

        _, code = adas.on_terminal("rm", "1", typed=["y"])
        assert code == 0
        assert adas.json("ls") == []


class TestLogin:
    def test_asks_for_what_is_missing_and_shows_no_password(
        self, laptop: Machine, ada: Person
    ) -> None:
        shown, code = laptop.on_terminal("login", typed=[ada.email, PASSWORD])

        assert code == 0, shown
        assert "Logged in at" in shown
        assert PASSWORD not in shown

    def test_tells_who_is_logged_in(self, adas: Machine, ada: Person) -> None:
        assert ada.email in adas.run("whoami")
        assert adas.json("whoami")["email"] == ada.email

    def test_keeps_tokens_from_other_users_of_the_machine(self, adas: Machine) -> None:
        [kept] = tokens_of(adas)

        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700

    def test_refuses_tokens_that_others_may_have_read(self, adas: Machine) -> None:
        [kept] = tokens_of(adas)
        kept.chmod(0o644)

        assert "open to other users" in adas.fail("ls", code=3)

    def test_with_a_wrong_password_says_so(self, laptop: Machine, ada: Person) -> None:
        said = laptop.fail("login", ada.email, "--password-stdin", typed="wrong\n", code=3)

        assert said == "taskward: The email address or the password is wrong.\n"
        assert tokens_of(laptop) == []

    def test_again_ends_the_session_before(self, adas: Machine, ada: Person) -> None:
        adas.run("login", ada.email, "--password-stdin", typed=f"{PASSWORD}\n")

        assert len(adas.json("devices", "list")) == 1
        [own], [listed] = adas.json("sessions"), adas.json("devices", "list")
        assert own["id"] == listed["id"]

    def test_is_remembered_without_naming_the_server_again(self, adas: Machine) -> None:
        del adas.variables["TASKWARD_SERVER"]

        assert adas.json("ls") == []

    def test_is_needed_first(self, laptop: Machine) -> None:
        assert "run taskward login" in laptop.fail("ls", code=3)

    @pytest.mark.parametrize("address", ["http://tasks.example.org", "http://192.0.2.1:8000"])
    def test_sends_no_password_in_the_clear(self, laptop: Machine, address: str) -> None:
        said = laptop.fail("login", "a@example.org", "--password-stdin", "--server", address)

        assert "not encrypted" in said

    @pytest.mark.parametrize("address", ["ftp://x", "http://", "http://a:b", "http://a/b", "::"])
    def test_refuses_an_address_that_is_none(self, laptop: Machine, address: str) -> None:
        assert "is no server's address" in laptop.fail("ls", "--server", address)

    def test_says_that_a_server_is_away(self, laptop: Machine, ada: Person) -> None:
        away = f"localhost:{free_port()}"

        said = laptop.fail(
            "login", ada.email, "--password-stdin", "--server", away, typed="x\n", code=4
        )

        assert "cannot be reached" in said


class TestLogout:
    def test_ends_the_session_there_and_here(self, adas: Machine, server: RunningServer) -> None:
        [kept] = tokens_of(adas)
        refresh = {"refreshToken": json.loads(kept.read_text())["refresh_token"]}

        adas.run("logout")

        assert tokens_of(adas) == []
        assert "run taskward login" in adas.fail("ls", code=3)
        with server.client() as client:
            assert client.post("/api/users/refresh_token", json=refresh).status_code == 400

    def test_works_when_the_access_token_has_long_expired(self, adas: Machine) -> None:
        sleep(1.5)

        assert "Logged out" in adas.run("logout")

    def test_without_a_login_is_no_error(self, laptop: Machine) -> None:
        assert "Not logged in" in laptop.run("logout")


class TestDevices:
    def test_are_listed_with_their_names(
        self, adas: Machine, ada: Person, server: RunningServer
    ) -> None:
        with server.client() as client:
            ada.log_in(client)

        labels = [device["label"] for device in adas.json("devices", "list")]

        assert len(labels) == 2
        assert any(label.startswith("taskward on ") for label in labels)

    def test_can_be_ended_from_here(
        self, adas: Machine, ada: Person, server: RunningServer
    ) -> None:
        with server.client() as client:
            tokens = ada.log_in(client)

            adas.run("devices", "end", tokens["sessionId"][:10])

            refresh = {"refreshToken": tokens["refreshToken"]}
            assert client.post("/api/users/refresh_token", json=refresh).status_code == 400

    def test_can_all_be_ended_but_this(
        self, adas: Machine, ada: Person, server: RunningServer
    ) -> None:
        with server.client() as client:
            for _ in range(3):
                ada.log_in(client)

        adas.run("devices", "end-others")

        [left] = adas.json("devices", "list")
        assert left["isCurrent"]

    def test_end_after_the_password_where_it_was_given_too_long_ago(
        self, adas: Machine, ada: Person, server: RunningServer
    ) -> None:
        with server.client() as client:
            ada.log_in(client)
        before = tokens_of(adas)
        Storage(server).let_logins_age(timedelta(hours=1))

        shown, code = adas.on_terminal("devices", "end-others", typed=[PASSWORD])

        assert code == 0, shown
        [left] = adas.json("devices", "list")
        assert left["isCurrent"]
        assert tokens_of(adas) == before

    def test_that_are_none_are_told_of(self, adas: Machine) -> None:
        assert "No session begins" in adas.fail("devices", "end", "zz")
