"""The tables. What belongs to a user has the user's id first in its key.

Columns stand in the order of their entity's fields, and what is derived from these comes last. On
SQLite such a table is kept sorted by its key (``WITHOUT ROWID``), so that what a user owns lies
side by side.
"""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, MetaData, Table, Text, text

from adapters.persistence.types import BIG, Bytes, UtcTime

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)


def _owner() -> Column[int]:
    user = ForeignKey("users.id", ondelete="CASCADE")
    return Column("user_id", BIG, user, primary_key=True, autoincrement=False)


users = Table(
    "users",
    metadata,
    Column("id", BIG, primary_key=True, autoincrement=False),
    Column("email", Text, nullable=False, unique=True),
    Column("first_name", Text, nullable=False),
    Column("last_name", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("disabled_at", UtcTime),
    Column("password_changed_at", UtcTime),
)

sessions = Table(
    "sessions",
    metadata,
    _owner(),
    Column("id", Bytes, primary_key=True),
    Column("secret_hash", Bytes, nullable=False),
    Column("generation", BIG, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("authenticated_at", UtcTime, nullable=False),
    Column("rotated_at", UtcTime, nullable=False),
    Column("idle_expires_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("revoked_at", UtcTime),
    Column("client_label", Text, nullable=False),
    Column("user_agent", Text, nullable=False),
    Column("ip_address", Text, nullable=False),
    Column("grace_hits", Integer, nullable=False),
    Column("revocation_reason", Text),
    # Of the address, for who asks whether somebody is known there. SQLite adds no column without
    # a default.
    Column("network", Text, nullable=False, server_default=text("''")),
    # A refresh token names the session alone.
    Index(None, "id", unique=True),
    # A login passes by the sessions that were ended or are past their age. No rotation changes
    # what is in these two; and neither begins with what leads to a single session, so that
    # PostgreSQL, which plans for the average user, never takes them for the key.
    Index("ix_sessions_end", "revoked_at", "user_id", "expires_at"),
    Index("ix_sessions_network", "network", "user_id", "revoked_at", "expires_at"),
    sqlite_with_rowid=False,
)

tasks = Table(
    "tasks",
    metadata,
    _owner(),
    Column("number", BIG, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("is_completed", Boolean, nullable=False),
    Column("ts", UtcTime, nullable=False),
    Column("version", BIG, nullable=False),
    sqlite_with_rowid=False,
)

task_lists = Table(
    "task_lists",
    metadata,
    _owner(),
    Column("last_number", BIG, nullable=False),
    Column("revision", BIG, nullable=False),
    sqlite_with_rowid=False,
)

# An event outlives its user, hence no foreign key; user 0 is nobody known.
security_events = Table(
    "security_events",
    metadata,
    Column("user_id", BIG, primary_key=True, autoincrement=False),
    Column("at", UtcTime, primary_key=True, index=True),
    Column("id", Bytes, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("session_id", Bytes),
    Column("client_label", Text, nullable=False),
    Column("user_agent", Text, nullable=False),
    Column("ip_address", Text, nullable=False),
    Column("detail", Text, nullable=False),
    sqlite_with_rowid=False,
)

throttles = Table(
    "throttles",
    metadata,
    Column("key", Bytes, primary_key=True),
    Column("attempts", BIG, nullable=False),
    Column("last_at", UtcTime, nullable=False, index=True),
    sqlite_with_rowid=False,
)

password_resets = Table(
    "password_resets",
    metadata,
    _owner(),
    Column("token_hash", Bytes, nullable=False, unique=True),
    Column("expires_at", UtcTime, nullable=False),
    sqlite_with_rowid=False,
)

second_factors = Table(
    "second_factors",
    metadata,
    _owner(),
    Column("sealed_seed", Bytes, nullable=False),
    # One after another: they are read and written together.
    Column("recovery_hashes", Bytes, nullable=False),
    Column("begun_at", UtcTime, nullable=False),
    Column("confirmed_at", UtcTime),
    Column("last_step", BIG, nullable=False),
    Column("last_code_hash", Bytes),
    Column("last_code_at", UtcTime),
    sqlite_with_rowid=False,
)

# Kept by Alembic; here only to be read.
alembic_version = Table("alembic_version", MetaData(), Column("version_num", Text))
