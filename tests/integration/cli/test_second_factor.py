"""A second factor on the command line: codes where a password is asked for, and its own commands.

An app's codes are typed when they are asked for, and once more if they were over by then.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
import segno

from tests.integration.cli.command_line import Line, Machine
from tests.integration.http.authenticator import Authenticator, enrol
from tests.integration.http.people import PASSWORD, Person, sign_up
from tests.integration.http.running_server import RunningServer
from tests.integration.http.storage import Storage

FIRST_CODE = "First code that the app shows: "
CODE = "Code of your authenticator app, or a recovery code: "
WRONG = "The code is wrong."
RECOVERY_CODE = re.compile(r"^[A-Z2-7]{7}(?:-[A-Z2-7]{7}){3}\r?$", re.MULTILINE)
QUIET = 4


@pytest.fixture
def careful(server: RunningServer, ada: Person) -> Authenticator:
    """Ada, whose logins take a code."""
    return enrol(server, ada)


@pytest.fixture
def carefuls(laptop: Machine, careful: Authenticator) -> Machine:
    """The laptop, with her logged in by her first recovery code."""
    log_in(laptop, careful.email, "--code", careful.recovery_codes[0])
    return laptop


@pytest.fixture(scope="module")
def strict_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """One that lets nobody in without a second factor."""
    data_dir = tmp_path_factory.mktemp("strict") / "data"
    with RunningServer(data_dir, {"WORKERS": "1", "SECOND_FACTOR": "required"}) as running:
        yield running


@pytest.fixture
def newcomers(laptop: Machine, strict_server: RunningServer) -> tuple[Machine, Person]:
    """The laptop of somebody who has just signed up there."""
    laptop.variables["TASKWARD_SERVER"] = strict_server.base_url
    with strict_server.client() as client:
        return laptop, sign_up(client)


def log_in(machine: Machine, email: str, *options: str) -> None:
    machine.run("login", email, "--password-stdin", *options, typed=f"{PASSWORD}\n")


def refused(machine: Machine, email: str, *options: str) -> str:
    return machine.fail("login", email, "--password-stdin", *options, typed=f"{PASSWORD}\n")


def secret_in(shown: str) -> str:
    """As it is shown for typing."""
    [secret] = re.findall(r": ((?:[A-Z2-7]{4} ?){8})\r", shown)
    return str(secret).replace(" ", "")


def first_code(shown: str) -> str:
    return Authenticator(secret_in(shown)).code()


def modules_in(shown: str) -> list[list[int]]:
    """Of the QR code, 1 for a dark one, with the light ones around them."""
    halves = {" ": (0, 0), "▀": (1, 0), "▄": (0, 1), "█": (1, 1)}
    lines = re.findall(r"\x1b\[38;5;16;48;5;231m([ ▀▄█]+)\x1b\[0m", shown)
    return [[halves[char][row] for char in line] for line in lines for row in (0, 1)]


class TestLogin:
    def test_asks_for_a_code_of_the_app(self, laptop: Machine, careful: Authenticator) -> None:
        typed: list[Line] = [PASSWORD, careful.code, careful.code]

        shown, code = laptop.on_terminal("login", careful.email, typed=typed)

        assert code == 0, shown
        assert CODE in shown
        assert "Logged in at" in shown

    def test_asks_no_code_of_somebody_without_one(self, laptop: Machine, ada: Person) -> None:
        shown, code = laptop.on_terminal("login", ada.email, typed=[PASSWORD])

        assert code == 0, shown
        assert CODE not in shown

    def test_takes_a_recovery_code_once(self, laptop: Machine, careful: Authenticator) -> None:
        used = careful.recovery_codes[0]

        log_in(laptop, careful.email, "--code", used.lower().replace("-", " "))

        assert laptop.json("second-factor", "status")["recoveryCodesLeft"] == 9
        assert WRONG in refused(laptop, careful.email, "--code", used)

    def test_asks_again_after_a_wrong_code(self, laptop: Machine, careful: Authenticator) -> None:
        typed = [PASSWORD, "wrong", careful.recovery_codes[0]]

        shown, code = laptop.on_terminal("login", careful.email, typed=typed)

        assert code == 0, shown
        assert shown.count(WRONG) == 1
        assert shown.count(CODE) == 2

    def test_asks_no_more_once_the_server_has_had_enough(
        self, laptop: Machine, tmp_path: Path
    ) -> None:
        settings = {"WORKERS": "1", "LOGIN_FREE_ATTEMPTS": "2"}
        settings["LOGIN_FREE_ATTEMPTS_KNOWN_ADDRESS"] = "2"
        with RunningServer(tmp_path / "impatient", settings) as server:
            with server.client() as client:
                careful = enrol(server, sign_up(client))
            laptop.variables["TASKWARD_SERVER"] = server.base_url
            typed = [PASSWORD, *["wrong"] * 5]

            shown, code = laptop.on_terminal("login", careful.email, typed=typed)

        assert code == 4, shown
        assert "Too many attempts with a wrong code" in shown

    def test_without_a_terminal_says_how_to_give_a_code(
        self, laptop: Machine, careful: Authenticator
    ) -> None:
        said = refused(laptop, careful.email)

        assert said == "taskward: There is no terminal to ask for the code: use --code.\n"

    def test_without_a_terminal_asks_nothing_after_a_wrong_code(
        self, laptop: Machine, careful: Authenticator
    ) -> None:
        assert WRONG in refused(laptop, careful.email, "--code", "123")
        assert "run taskward login" in laptop.fail("ls", code=3)


class TestWhereASecondFactorIsRequired:
    def test_a_login_sets_it_up(self, newcomers: tuple[Machine, Person]) -> None:
        laptop, person = newcomers
        typed: list[Line] = [PASSWORD, "000", first_code, first_code]

        shown, code = laptop.on_terminal("login", person.email, typed=typed)

        assert code == 0, shown
        assert "which you have not set up yet" in shown
        assert WRONG in shown
        assert "Logged in at" in shown
        assert laptop.json("second-factor", "status")["isActive"]
        recovery_codes = RECOVERY_CODE.findall(shown)
        assert len(recovery_codes) == 10
        log_in(laptop, person.email, "--code", recovery_codes[0].strip())

    def test_a_login_without_a_terminal_says_where_to_set_it_up(
        self, newcomers: tuple[Machine, Person]
    ) -> None:
        laptop, person = newcomers

        assert "log in on a terminal" in refused(laptop, person.email)

    def test_those_who_are_logged_in_go_on_and_can_add_one(
        self, laptop: Machine, tmp_path: Path
    ) -> None:
        server = RunningServer(tmp_path / "later", {"WORKERS": "1"})
        with server:
            laptop.variables["TASKWARD_SERVER"] = server.base_url
            with server.client() as client:
                person = sign_up(client)
            log_in(laptop, person.email)
        server.settings["SECOND_FACTOR"] = "required"
        with server:
            laptop.run("ls")
            assert "You need a second factor" in laptop.run("second-factor", "status")
            typed: list[Line] = [PASSWORD, first_code, first_code]

            shown, code = laptop.on_terminal("second-factor", "add", typed=typed)

            assert code == 0, shown


class TestAdding:
    def test_shows_an_app_what_it_needs_and_takes_its_first_code(
        self, adas: Machine, ada: Person
    ) -> None:
        shown, code = adas.on_terminal(
            "second-factor", "add", typed=[PASSWORD, first_code, first_code]
        )

        assert code == 0, shown
        assert PASSWORD not in shown
        status = adas.json("second-factor", "status")
        assert status["isActive"]
        assert status["recoveryCodesLeft"] == 10
        assert "There is no terminal" in refused(adas, ada.email)
        log_in(adas, ada.email, "--code", RECOVERY_CODE.findall(shown)[9].strip())

    def test_draws_the_code_that_leads_an_app_to_the_secret(
        self, adas: Machine, ada: Person
    ) -> None:
        shown, _ = adas.on_terminal(
            "second-factor", "add", typed=[PASSWORD, first_code, first_code]
        )

        uri = f"otpauth://totp/Taskward:{quote(ada.email)}?secret={secret_in(shown)}"
        matrix = segno.make_qr(f"{uri}&issuer=Taskward").matrix
        drawn = modules_in(shown)
        inner = [row[QUIET:-QUIET] for row in drawn[QUIET : QUIET + len(matrix)]]
        assert inner == [list(row) for row in matrix]
        dark = sum(map(sum, inner))
        assert sum(map(sum, drawn)) == dark
        assert len(drawn) >= len(matrix) + 2 * QUIET
        assert len(drawn[0]) == len(matrix) + 2 * QUIET <= 80

    def test_shows_the_secret_alone_where_the_code_would_break(self, adas: Machine) -> None:
        adas.variables["COLUMNS"] = "44"

        shown, code = adas.on_terminal(
            "second-factor", "add", typed=[PASSWORD, first_code, first_code]
        )

        assert code == 0, shown
        assert "Or let it scan this" not in shown
        assert not modules_in(shown)

    def test_logs_out_everywhere_else(
        self, adas: Machine, ada: Person, server: RunningServer
    ) -> None:
        with server.client() as client:
            ada.log_in(client)

        adas.on_terminal("second-factor", "add", typed=[PASSWORD, first_code, first_code])

        [left] = adas.json("devices", "list")
        assert left["isCurrent"]

    def test_that_is_broken_off_changes_nothing(self, adas: Machine, ada: Person) -> None:
        _, code = adas.on_terminal("second-factor", "add", typed=[PASSWORD, "\x03"])

        assert code != 0
        assert not adas.json("second-factor", "status")["isActive"]
        log_in(adas, ada.email)

    def test_needs_a_terminal(self, adas: Machine) -> None:
        assert "is set up on a terminal" in adas.fail("second-factor", "add")

    def test_another_is_refused(self, carefuls: Machine) -> None:
        shown, code = carefuls.on_terminal("second-factor", "add", typed=[PASSWORD])

        assert code == 1
        assert "Remove it before you set up another." in shown


class TestStatus:
    def test_tells_that_there_is_none(self, adas: Machine) -> None:
        assert "takes no code" in adas.run("second-factor", "status")

    def test_tells_how_many_recovery_codes_are_left(self, carefuls: Machine) -> None:
        assert "9 recovery codes are left." in carefuls.run("second-factor", "status")


class TestRenewing:
    RENEW = ("second-factor", "renew-codes", "--password-stdin")

    def test_prints_the_new_codes_alone_for_programs(
        self, carefuls: Machine, careful: Authenticator
    ) -> None:
        _, second, third, *_ = careful.recovery_codes

        printed = carefuls.run(*self.RENEW, "--code", second, typed=f"{PASSWORD}\n")

        renewed = printed.splitlines()
        assert len(renewed) == len(RECOVERY_CODE.findall(printed)) == 10
        assert WRONG in refused(carefuls, careful.email, "--code", third)
        log_in(carefuls, careful.email, "--code", renewed[0])

    def test_gives_them_as_json(self, carefuls: Machine, careful: Authenticator) -> None:
        code = careful.recovery_codes[1]

        renewed = carefuls.json(*self.RENEW, "--code", code, typed=f"{PASSWORD}\n")

        assert len(renewed["recoveryCodes"]) == 10

    def test_needs_a_code(self, carefuls: Machine) -> None:
        assert "use --code" in carefuls.fail(*self.RENEW, typed=f"{PASSWORD}\n")
        assert carefuls.json("second-factor", "status")["recoveryCodesLeft"] == 9


class TestRemoving:
    def test_asks_for_the_password_and_a_code(
        self, carefuls: Machine, careful: Authenticator
    ) -> None:
        typed = [PASSWORD, "wrong", careful.recovery_codes[1]]

        shown, code = carefuls.on_terminal("second-factor", "remove", typed=typed)

        assert code == 0, shown
        assert WRONG in shown
        assert PASSWORD not in shown
        [left] = carefuls.json("devices", "list")
        assert left["isCurrent"]
        log_in(carefuls, careful.email)

    def test_what_is_not_there_is_refused(self, adas: Machine) -> None:
        said = adas.fail("second-factor", "remove", "--password-stdin", typed=f"{PASSWORD}\n")

        assert "There is no second factor" in said


class TestWhereThePasswordIsGivenAgain:
    def test_a_code_is_asked_for_too(
        self, carefuls: Machine, careful: Authenticator, server: RunningServer
    ) -> None:
        Storage(server).let_logins_age(timedelta(hours=1))
        typed: list[Line] = [PASSWORD, "wrong", careful.code, careful.code]

        shown, code = carefuls.on_terminal("devices", "end-others", typed=typed)

        assert code == 0, shown
        assert WRONG in shown
        [left] = carefuls.json("devices", "list")
        assert left["isCurrent"]


class TestTheOperator:
    @pytest.fixture
    def operator(self, server: RunningServer, tmp_path: Path) -> Machine:
        return Machine(tmp_path, {"TASKWARD_DATA_DIR": str(server.data_dir)})

    def test_removes_what_somebody_has_lost(
        self, operator: Machine, carefuls: Machine, careful: Authenticator
    ) -> None:
        removed = operator.ran("users", "remove-second-factor", careful.email.upper())

        assert "All their sessions have ended." in removed.stdout
        assert "run taskward users disable" in removed.stderr
        assert "has ended" in carefuls.fail("ls", code=3)
        log_in(carefuls, careful.email)
        assert not carefuls.json("second-factor", "status")["isActive"]

    def test_sees_who_has_one(
        self, operator: Machine, careful: Authenticator, server: RunningServer
    ) -> None:
        with server.client() as client:
            bob = sign_up(client)

        users = operator.json("users", "list")

        since = {user["email"]: user["secondFactorSince"] for user in users}
        assert since[careful.email].startswith("20")
        assert since[bob.email] is None
        lines = [line.split("\t") for line in operator.run("users", "list").splitlines()]
        states = {email: state for _, email, _, _, state in lines}
        assert states[careful.email] == "second factor"
        assert states[bob.email] == ""

    def test_is_told_that_there_is_none(self, operator: Machine, ada: Person) -> None:
        nobody = operator.fail("users", "remove-second-factor", "nobody@example.org")
        without = operator.fail("users", "remove-second-factor", ada.email)

        assert nobody == "taskward: There is no user with this email address.\n"
        assert without == "taskward: There is no second factor to remove.\n"

    def test_sees_it_among_what_happened(self, operator: Machine, careful: Authenticator) -> None:
        operator.run("users", "remove-second-factor", careful.email)

        lines = operator.run("audit", "--limit", "2").splitlines()

        assert all("second_factor_removed" in line for line in lines)
        assert len({line.index("user ") for line in lines}) == 1
