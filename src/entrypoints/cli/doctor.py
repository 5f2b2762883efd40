"""What an operator would look at first when something is wrong, and what to do about each."""

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import typer

from application.ports.password_hasher import HasherBusy
from domain.errors import Unavailable
from entrypoints.cli.failure import FAILED
from entrypoints.cli.keyring_content import keys_in
from entrypoints.cli.output import AsJson, printable, show_json
from entrypoints.cli.start import in_the_drivers_words

if TYPE_CHECKING:
    from entrypoints.container import Container
    from entrypoints.settings import Settings

ENOUGH_BYTES = 256 * 1024 * 1024
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
CERTIFICATE_NOTICE = timedelta(days=14)

# Nobody ran this program before then.
_YEAR = 2026

_DAMAGED = "If it is damaged: stop the server, then taskward restore FILE with the newest backup."
_ADVICE = {
    "keyring": "Let the server's user read it, or put back a backup of it.",
    "database": "See that it runs and that TASKWARD_DATABASE_URL is right; then taskward db check.",
    "clock": "See that the database can be read.",
    "passwords": "Let the server's user have more memory, or lower TASKWARD_ARGON2_MEMORY_KIB.",
    "certificate": "See that TASKWARD_TLS_CERT and TASKWARD_TLS_KEY name PEM files one can read.",
}


class State(StrEnum):
    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """``advice`` is what to do; empty where nothing is to be done."""

    state: State
    subject: str
    sentence: str
    advice: str = ""


def doctor(as_json: AsJson = False) -> None:
    """Look at settings, files, keys, database, clock, hashing, network; exit code 1 if bad."""
    findings = []
    for finding in _examine():
        findings.append(finding)
        if not as_json:
            _tell(finding)
    if as_json:
        show_json(
            [
                {"state": it.state, "subject": it.subject, "is": it.sentence, "do": it.advice}
                for it in findings
            ]
        )
    if any(finding.state is State.BAD for finding in findings):
        raise typer.Exit(FAILED)


def _examine() -> Iterator[Finding]:
    from entrypoints.container import Container  # noqa: PLC0415 # as in start
    from entrypoints.settings import SettingsError, load_settings  # noqa: PLC0415 # as in start

    try:
        settings = load_settings()
    except SettingsError as error:
        yield Finding(State.BAD, "settings", str(error), "Correct it; the rest was not looked at.")
        return
    yield Finding(State.GOOD, "settings", "All settings can be understood.")
    yield from _data_directory(settings)
    container = Container(settings=settings)
    looks = {
        "keyring": _keyring,
        "database": _database,
        "clock": _clock,
        "passwords": _passwords,
        "certificate": _certificate,
    }
    for subject, look in looks.items():
        yield from _guarded(subject, look, settings, container)
    yield _exposure(settings)


def _guarded(
    subject: str,
    look: "Callable[[Settings, Container], Iterator[Finding]]",
    settings: "Settings",
    container: "Container",
) -> Iterator[Finding]:
    """What one look finds; a failure is a finding, too."""
    from application.ports.store import SchemaOutdated  # noqa: PLC0415 # as in start

    try:
        yield from look(settings, container)
    except SchemaOutdated:
        yield Finding(
            State.BAD, subject, "Its schema is not this version's.", "taskward db upgrade"
        )
    except Unavailable as error:
        sentence = f"{error}{in_the_drivers_words(error)}"
        yield Finding(State.BAD, subject, sentence, _advice(subject, settings))
    except Exception as error:  # whatever it is, it is what the operator has come for
        sentence = str(error) or type(error).__name__
        yield Finding(State.BAD, subject, sentence, _advice(subject, settings))


def _advice(subject: str, settings: "Settings") -> str:
    is_file = subject == "database" and settings.uses_sqlite
    return _DAMAGED if is_file else _ADVICE[subject]


def _data_directory(settings: "Settings") -> Iterator[Finding]:
    folder = settings.data_dir.absolute()
    if not folder.is_dir():
        yield Finding(
            State.WARNING,
            "data directory",
            f"{folder} is not there.",
            "taskward serve makes it. If there should be data, is TASKWARD_DATA_DIR right?",
        )
        return
    yield _mode("data directory", folder, 0o700)
    if not os.access(folder, os.W_OK | os.X_OK):
        advice = f"Run this as the server's user, or chown {folder} to it."
        yield Finding(State.BAD, "data directory", f"{folder} cannot be written to.", advice)
    free = shutil.disk_usage(folder).free
    state = State.GOOD if free >= ENOUGH_BYTES else State.BAD
    advice = "" if state is State.GOOD else "Make room: a full disk stops all writing."
    yield Finding(state, "disk", f"{free // 1024**2:,} MiB are free.", advice)


def _mode(subject: str, path: Path, wanted: int) -> Finding:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & ~wanted & 0o077:
        advice = f"chmod {wanted:o} {path}"
        return Finding(State.BAD, subject, f"{path} is open to others ({mode:04o}).", advice)
    return Finding(State.GOOD, subject, f"{path} is closed to others ({mode:04o}).")


def _keyring(settings: "Settings", _: "Container") -> Iterator[Finding]:
    path = settings.resolved_keyring_file.absolute()
    if not path.exists():
        advice = "The first start makes it. If there was one, put back a backup of it."
        yield Finding(State.WARNING, "keyring", f"{path} is not there.", advice)
        return
    mode = _mode("keyring", path, 0o600)
    yield mode
    if mode.state is State.BAD:  # it would not be opened
        return
    keys = keys_in(path.read_bytes(), settings, path)
    yield Finding(State.GOOD, "keyring", f"It can be read and holds {len(keys)} keys.")


def _database(settings: "Settings", container: "Container") -> Iterator[Finding]:
    if settings.uses_sqlite:
        path = Path(settings.resolved_database_url.removeprefix("sqlite:///"))
        if not path.exists():
            advice = "taskward serve makes it. If there was one, put back a backup of it."
            yield Finding(State.WARNING, "database", f"{path} is not there.", advice)
            return
        yield _mode("database", path, 0o600)
    container.store().check()
    revision = container.store().current()
    yield Finding(State.GOOD, "database", f"It answers, and its schema is current ({revision}).")


def _clock(settings: "Settings", container: "Container") -> Iterator[Finding]:
    now = container.clock().now()
    advice = "Set the clock, and let NTP keep it: timedatectl set-ntp true"
    newest = _newest_event(container)
    if now.year < _YEAR or (newest is not None and newest > now + timedelta(seconds=5)):
        told = f"It shows {now:%Y-%m-%d %H:%M:%S} UTC, which was before what is stored."
        yield Finding(State.BAD, "clock", told, advice)
    else:
        yield Finding(State.GOOD, "clock", f"It shows {now:%Y-%m-%d %H:%M:%S} UTC.")


def _newest_event(container: "Container") -> datetime | None:
    try:
        page = container.list_security_events().of_all(None, 1)
    except Unavailable:
        return None  # the database has had its own finding
    return page.events[0].at if page.events else None


def _passwords(settings: "Settings", container: "Container") -> Iterator[Finding]:
    hasher = container.hasher()
    before = perf_counter()
    try:
        hasher.hash("a password")
    except HasherBusy:
        needed = f"There are not {settings.argon2_memory_kib:,} KiB of memory to hash one."
        yield Finding(State.BAD, "passwords", needed, _ADVICE["passwords"])
    else:
        milliseconds = (perf_counter() - before) * 1000
        yield Finding(State.GOOD, "passwords", f"One is hashed in {milliseconds:,.0f} ms.")


def _certificate(settings: "Settings", container: "Container") -> Iterator[Finding]:
    if settings.tls_cert is None or settings.tls_key is None:
        return
    from cryptography.x509 import load_pem_x509_certificates  # noqa: PLC0415 # with TLS alone

    yield _mode("certificate", settings.tls_key, 0o640)
    first = load_pem_x509_certificates(settings.tls_cert.read_bytes())[0]
    left = first.not_valid_after_utc - datetime.now(UTC)
    state = State.BAD if left <= timedelta(0) else State.WARNING
    if left > CERTIFICATE_NOTICE:
        state = State.GOOD
    advice = "" if state is State.GOOD else "Renew it, and restart the server."
    until = f"It is valid until {first.not_valid_after_utc:%Y-%m-%d}."
    yield Finding(state, "certificate", until, advice)


def _exposure(settings: "Settings") -> Finding:
    if settings.host in LOOPBACK or settings.tls_cert is not None:
        return Finding(State.GOOD, "network", "Passwords do not travel in the clear from here.")
    return Finding(
        State.WARNING,
        "network",
        f"{settings.host} is reached from elsewhere, and without TLS.",
        "Set TASKWARD_TLS_CERT and TASKWARD_TLS_KEY, or put a proxy in front that has them.",
    )


def _tell(finding: Finding) -> None:
    colour = {State.GOOD: "green", State.WARNING: "yellow", State.BAD: "red"}[finding.state]
    sign = typer.style(f"{finding.state:8}", fg=colour)
    typer.echo(f"{sign}{finding.subject:15} {printable(finding.sentence)}")
    if finding.advice:
        typer.echo(f"{'':8}{'':15} {printable(finding.advice)}")
