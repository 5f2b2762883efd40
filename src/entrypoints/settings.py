"""What an operator can set: environment variables with the prefix TASKWARD_, or a .env file."""

import os
import re
import socket
from dataclasses import replace
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from domain.session import SessionPolicy
from domain.task import MAX_TASKS
from domain.throttle import Limit, ThrottlePolicy

PREFIX = "TASKWARD_"

# What a person's commands read from the same environment.
_OF_CLIENTS = {"SERVER", "TOKENS"}

# ">", "?", "~" and non-ASCII would bring "-" or "_" into a token's payload, which the tutorial's
# clients decode with plain atob.
_CLAIM = re.compile(r"[!-=@-}]{1,200}")
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.\-\[\]:]+")

# What people get wrong most, by pydantic's type of error. No secret is of these types.
_SENTENCES = {
    "int_parsing": "must be a whole number, not {input!r}",
    "float_parsing": "must be a number, not {input!r}",
    "bool_parsing": "must be true or false, not {input!r}",
    "literal_error": "must be {expected}, not {input!r}",
    "greater_than": "must be more than {gt:.0f}, not {input!r}",
    "greater_than_equal": "must be at least {ge:.0f}, not {input!r}",
    "less_than_equal": "must be at most {le:.0f}, not {input!r}",
}


def _network(value: object) -> IPv4Network | IPv6Network:
    try:
        within = ip_network(str(value), strict=False)
    except ValueError:
        raise ValueError(
            f"must be addresses or networks such as 10.0.0.0/8, not {value!r}"
        ) from None
    try:
        return ip_network(str(value))
    except ValueError:
        raise ValueError(f"{value} is an address in a network: write {within}") from None


Network = Annotated[IPv4Network | IPv6Network, BeforeValidator(_network)]
Days = Annotated[float, Field(gt=0, le=3650)]
Seconds = Annotated[int, Field(ge=0, le=3600)]
PortNumber = Annotated[int, Field(ge=1, le=65535)]


class SettingsError(Exception):
    """A setting is wrong. The message is one line that names it."""


def _usable_cores() -> int:
    """A container, for one, may be given a part of the machine's."""
    can_tell = hasattr(os, "sched_getaffinity")
    return len(os.sched_getaffinity(0)) if can_tell else os.cpu_count() or 1


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_ignore_empty=True,
        dotenv_filtering="match_prefix",
    )

    data_dir: Path = Path("data")
    database_url: SecretStr | None = None
    keyring_file: Path | None = None

    host: str = "127.0.0.1"
    port: PortNumber = 8000
    workers: Annotated[int, Field(ge=1, le=64)] = min(_usable_cores(), 4)
    threads: Annotated[int, Field(ge=2, le=256)] = 16
    known_lists_mib: Annotated[int, Field(ge=0, le=4096)] = 4
    pin_workers: bool = True
    tls_cert: Path | None = None
    tls_key: Path | None = None
    cors_origins: Annotated[tuple[str, ...], NoDecode] = ()

    access_token_seconds: Annotated[int, Field(ge=1, le=86400)] = 900
    refresh_grace_seconds: Seconds = 10
    session_idle_days: Days = 14
    session_max_days: Days = 90
    max_sessions: Annotated[int, Field(ge=1, le=10_000)] = SessionPolicy().sessions
    jwt_algorithm: Literal["EdDSA", "ES256", "RS256", "HS256"] = "EdDSA"
    jwt_issuer: str = "taskward"
    jwt_audience: str = "taskward"
    jwt_leeway_seconds: Seconds = 0
    keys_rotate_days: Days | None = None

    argon2_memory_kib: Annotated[int, Field(ge=8, le=4 * 1024 * 1024)] = 19456
    argon2_time_cost: Annotated[int, Field(ge=1, le=100)] = 2
    hashing_concurrency: Annotated[int, Field(ge=1, le=64)] = 2
    hashing_queue: Annotated[int, Field(ge=0, le=10_000)] = 8

    second_factor: Literal["optional", "required"] = "optional"
    reauthentication_seconds: Annotated[int, Field(ge=1, le=86400)] = 900
    login_free_attempts: Annotated[int, Field(ge=1, le=1000)] = 5
    login_free_attempts_known_address: Annotated[int, Field(ge=1, le=10_000)] = 50
    login_free_attempts_per_address: Annotated[int, Field(ge=1, le=100_000)] = 50
    signup: Literal["open", "closed"] = "open"
    signups_per_address: Annotated[int, Field(ge=1, le=1_000_000)] = 1000
    refreshes_per_minute: Annotated[int, Field(ge=1, le=10_000_000)] = 6000
    task_changes_per_minute: Annotated[int, Field(ge=1, le=10_000_000)] = 6000
    max_tasks: Annotated[int, Field(ge=1, le=1_000_000)] = MAX_TASKS
    trusted_proxies: Annotated[tuple[Network, ...], NoDecode] = ()
    public_origin: str | None = None
    audit_days: Days = 180

    log_format: Literal["auto", "json", "plain"] = "auto"
    metrics_host: str = "127.0.0.1"
    metrics_port: PortNumber | None = None

    @model_validator(mode="before")
    @classmethod
    def _leave_clients_theirs(cls, values: dict[str, object]) -> dict[str, object]:
        return {name: value for name, value in values.items() if name.upper() not in _OF_CLIENTS}

    @field_validator("cors_origins", "trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(part.strip() for part in value.split(",") if part.strip())

    @field_validator("cors_origins", "public_origin")
    @classmethod
    def _are_origins(cls, value: tuple[str, ...] | str | None) -> tuple[str, ...] | str | None:
        for origin in (value,) if isinstance(value, str) else value or ():
            if not _ORIGIN.fullmatch(origin):
                raise ValueError(f"{origin!r} is not an origin such as https://tasks.example.org")
        return value

    @field_validator("host", "metrics_host")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        try:
            ip_address(value)  # granian takes no name, not even localhost
        except ValueError:
            raise ValueError(f"must be an IP address such as 127.0.0.1, not {value!r}") from None
        return value

    @field_validator("jwt_issuer", "jwt_audience")
    @classmethod
    def _fits_a_claim(cls, value: str) -> str:
        if not _CLAIM.fullmatch(value):
            raise ValueError("use 1 to 200 printable ASCII characters other than space, > ? and ~")
        return value

    @model_validator(mode="after")
    def _tls_is_whole(self) -> Self:
        if (self.tls_cert is None) != (self.tls_key is None):
            raise ValueError(f"{PREFIX}TLS_CERT and {PREFIX}TLS_KEY belong together: set both")
        return self

    @model_validator(mode="after")
    def _hashing_leaves_threads(self) -> Self:
        if self.hashing_concurrency + self.hashing_queue >= self.threads:
            raise ValueError(
                f"{PREFIX}HASHING_CONCURRENCY and {PREFIX}HASHING_QUEUE together must be less than "
                f"{PREFIX}THREADS, so that logins leave threads for other requests"
            )
        return self

    @model_validator(mode="after")
    def _ports_differ(self) -> Self:
        if self.metrics_port == self.port:
            raise ValueError(f"{PREFIX}METRICS_PORT and {PREFIX}PORT must differ")
        return self

    @property
    def resolved_database_url(self) -> str:
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.data_dir.absolute() / 'taskward.db'}"

    @property
    def uses_sqlite(self) -> bool:
        return self.resolved_database_url.startswith("sqlite")

    @property
    def resolved_keyring_file(self) -> Path:
        return self.keyring_file or self.data_dir / "keyring.json"

    @property
    def session_policy(self) -> SessionPolicy:
        return SessionPolicy(
            access_token=timedelta(seconds=self.access_token_seconds),
            idle=timedelta(days=self.session_idle_days),
            maximum=timedelta(days=self.session_max_days),
            grace=timedelta(seconds=self.refresh_grace_seconds),
            reauthentication=timedelta(seconds=self.reauthentication_seconds),
            sessions=self.max_sessions,
        )

    @property
    def page_url(self) -> str:
        """Where a browser finds the page, as far as the settings tell."""
        if self.public_origin is not None:
            return self.public_origin
        scheme = "https" if self.tls_cert else "http"
        # Whoever listens on all addresses is found at none that consists of zeros.
        host = self.host if set(self.host) - set("0.:") else socket.gethostname()
        return f"{scheme}://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def throttle_policy(self) -> ThrottlePolicy:
        return ThrottlePolicy(
            account=Limit(self.login_free_attempts),
            account_at_known_address=Limit(self.login_free_attempts_known_address),
            network=Limit(self.login_free_attempts_per_address),
            signup=replace(ThrottlePolicy().signup, free=self.signups_per_address),
        )

    @property
    def second_factor_is_required(self) -> bool:
        return self.second_factor == "required"

    @property
    def signup_is_open(self) -> bool:
        return self.signup == "open"

    @property
    def audit_retention(self) -> timedelta:
        return timedelta(days=self.audit_days)

    @property
    def key_lifetime(self) -> timedelta | None:
        """How long keys are used before the server itself lets the next ones take over."""
        if self.keys_rotate_days is not None:
            return timedelta(days=self.keys_rotate_days)
        # Beside PostgreSQL other machines may have copies of the keyring, to be kept in step.
        return timedelta(days=90) if self.uses_sqlite else None

    @property
    def jwt_leeway(self) -> timedelta:
        return timedelta(seconds=self.jwt_leeway_seconds)


def load_settings() -> Settings:
    """The settings of this process. Raises SettingsError."""
    names = {name.upper() for name in Settings.model_fields} | _OF_CLIENTS
    known = {PREFIX + name for name in names}
    for name in sorted(os.environ):
        if name.startswith(PREFIX) and name not in known:
            raise SettingsError(f"{name} is not a setting of Taskward. Is it misspelt?")
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError(_first_sentence(error)) from error
    except UnicodeDecodeError as error:
        raise SettingsError("The .env file is not a text in UTF-8.") from error
    except OSError as error:
        raise SettingsError(f"The .env file cannot be read: {error.strerror}.") from error


def _first_sentence(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    message = first["msg"].removeprefix("Value error, ")
    if ours := _SENTENCES.get(first["type"]):
        message = ours.format(input=first["input"], **first.get("ctx", {}))
    if not first["loc"]:
        return f"{message}."
    name = str(first["loc"][0]).upper()
    if first["type"] == "extra_forbidden":
        return f"{PREFIX}{name} in the .env file is not a setting of Taskward. Is it misspelt?"
    return f"{PREFIX}{name}: {message}."
