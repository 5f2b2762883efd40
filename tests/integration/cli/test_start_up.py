"""What the command loads, and how it speaks before it does anything."""

import subprocess
import sys
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

import httpx
import pytest

from tests.integration.cli.command_line import Machine
from tests.integration.http.running_server import DEADLINE_SECONDS, command, free_port, until

HEAVY = {
    "adapters",
    "alembic",
    "dependency_injector",
    "falcon",
    "granian",
    "keyring",
    "nacl",
    "pydantic_settings",
    "sqlalchemy",
}

LOADED = """
import sys
from contextlib import suppress
from entrypoints.cli.main import app
with suppress(Exception):
    app(sys.argv[1:], standalone_mode=False)
print("loaded", *sys.modules)
"""


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["ls"],
        ["devices", "list"],
        ["second-factor", "status"],
        ["add", "x"],
        ["whoami"],
        ["logout"],
    ],
)
def test_a_persons_commands_load_nothing_of_the_server(adas: Machine, arguments: list[str]) -> None:
    assert not loaded_by(adas, *arguments) & HEAVY


@pytest.mark.parametrize("arguments", [["serve"], ["users", "list"]])
def test_a_wrong_setting_is_told_before_what_it_is_for_is_loaded(
    laptop: Machine, arguments: list[str]
) -> None:
    laptop.variables["TASKWARD_PORT"] = "x"

    assert loaded_by(laptop, *arguments) & HEAVY == {"pydantic_settings"}


def test_a_server_that_migrates_before_it_serves_keeps_nothing_that_this_takes(
    laptop: Machine,
) -> None:
    laptop.variables["TASKWARD_PORT"] = str(free_port())

    loaded = loaded_by(laptop, "serve", ended_at="Taskward serves")

    assert laptop.run("db", "check")
    assert "granian" in loaded
    assert "alembic" not in loaded


def test_a_server_loads_neither_another_database_than_its_own_nor_what_other_commands_need(
    laptop: Machine,
) -> None:
    laptop.variables["TASKWARD_PORT"] = str(free_port())

    loaded = loaded_by(laptop, "serve", ended_at="Taskward serves")

    assert {"sqlalchemy.dialects.sqlite", "entrypoints.http.app"} <= loaded
    assert not loaded & {"sqlalchemy.dialects.postgresql", "psycopg", "tarfile"}


@pytest.mark.parametrize("arguments", [["users", "list"], ["keys", "rotate"], ["doctor"]])
def test_an_operators_command_leaves_the_database_whole_in_its_file(
    laptop: Machine, arguments: list[str]
) -> None:
    laptop.run("db", "upgrade")

    laptop.run(*arguments)

    files = {path.name for path in (laptop.home / "data").iterdir()}
    assert "taskward.db" in files
    assert not files & {"taskward.db-wal", "taskward.db-shm"}


def loaded_by(machine: Machine, *arguments: str, ended_at: str = "") -> set[str]:
    """``ended_at`` begins the line after which a command is told to end."""
    with subprocess.Popen(
        [sys.executable, "-u", "-c", LOADED, *arguments],
        env=machine.environment,
        cwd=machine.home,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        line = ""
        for line in process.stdout:
            if ended_at and line.startswith(ended_at):
                process.terminate()
    marker, *names = line.split()
    assert marker == "loaded"
    return set(names)


def in_shell(machine: Machine, script: str) -> subprocess.CompletedProcess[str]:
    """``$0`` is the command."""
    return subprocess.run(
        ["sh", "-c", script, *command()],
        env=machine.environment,
        cwd=machine.home,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("arguments", ["--version", "doctor", "keys list"])
def test_output_for_which_there_is_no_room_is_told_in_one_line(
    laptop: Machine, arguments: str
) -> None:
    laptop.run("db", "upgrade")

    ended = in_shell(laptop, f'"$0" "$@" {arguments} > /dev/full')

    assert ended.returncode == 1
    assert ended.stderr == "taskward: No space left on device.\n"


@pytest.mark.parametrize("arguments", ["users list", "keys list"])
def test_output_that_nobody_wants_is_no_failure(laptop: Machine, arguments: str) -> None:
    laptop.run("db", "upgrade")

    ended = in_shell(laptop, f'"$0" "$@" {arguments} >&-')

    assert ended.returncode == 0
    assert ended.stderr == ""


def test_a_reason_that_nobody_wants_is_not_told_as_if_it_were_asked_for(laptop: Machine) -> None:
    ended = in_shell(laptop, 'TASKWARD_PORT=x "$0" "$@" users list 2>&-')

    assert ended.returncode == 1
    assert ended.stdout == ""


@pytest.mark.parametrize("output", ["<&- >&- 2>&-", "> /dev/full"])
def test_a_server_serves_though_it_can_tell_nobody(laptop: Machine, output: str) -> None:
    port = laptop.variables["TASKWARD_PORT"] = str(free_port())
    script = f'trap \'kill $!; wait $!; exit $?\' TERM; "$0" "$@" serve {output} & wait $!'
    with subprocess.Popen(
        ["sh", "-c", script, *command()], env=laptop.environment, cwd=laptop.home
    ) as shell:
        until(lambda: answers(port), "it serves")

        shell.terminate()

        assert shell.wait(DEADLINE_SECONDS) == 0


def answers(port: str) -> bool:
    with suppress(httpx.TransportError):
        return httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200
    return False


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_can_complete_it(laptop: Machine, shell: str) -> None:
    laptop.variables["_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION"] = "1"

    assert "TASKWARD_COMPLETE" in laptop.run("--show-completion", shell)


@pytest.mark.parametrize(
    ("typed", "offered"),
    [("us", {"users"}), ("users dis", {"disable"}), ("ls ", {"open", "done", "all"})],
)
def test_bash_completes_commands_and_values(laptop: Machine, typed: str, offered: set[str]) -> None:
    words = ["taskward", *typed.split(" ")]
    script = f"""
        source <(taskward --show-completion)
        COMP_WORDS=({" ".join(f"'{word}'" for word in words)}) COMP_CWORD={len(words) - 1}
        _taskward_completion taskward
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    folder = Path(command()[0]).parent
    environment = laptop.environment
    environment["PATH"] = f"{folder}:{environment['PATH']}"

    completed = subprocess.run(
        ["bash", "-c", script], env=environment, check=True, capture_output=True, text=True
    )

    assert set(completed.stdout.split()) == offered


def test_it_tells_its_version(laptop: Machine) -> None:
    assert laptop.run("--version") == f"taskward {version('taskward')}\n"


def test_help_names_the_exit_codes(laptop: Machine) -> None:
    assert "Exit codes" in laptop.run("--help")


def test_a_wrong_command_line_has_a_code_of_its_own(laptop: Machine) -> None:
    assert "No such command" in laptop.ran("lss", code=2).stderr
