"""Accounts, sessions and tasks."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")


def upgrade() -> None:
    op.create_table(
        "users",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("first_name", sa.Text, nullable=False),
        sa.Column("last_name", sa.Text, nullable=False),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("disabled_at", TIME),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("email", name="uq_users_email"),
    )
    op.create_table(
        "sessions",
        _owner(),
        sa.Column("id", sa.LargeBinary, nullable=False),
        sa.Column("secret_hash", sa.LargeBinary, nullable=False),
        sa.Column("generation", BIG, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("rotated_at", TIME, nullable=False),
        sa.Column("idle_expires_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("revoked_at", TIME),
        sa.Column("client_label", sa.Text, nullable=False),
        sa.Column("user_agent", sa.Text, nullable=False),
        sa.Column("ip_address", sa.Text, nullable=False),
        sa.Column("grace_hits", sa.Integer, nullable=False),
        sa.Column("revocation_reason", sa.Text),
        sa.PrimaryKeyConstraint("user_id", "id", name="pk_sessions"),
        _belongs("sessions"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_sessions_id", "sessions", ["id"], unique=True)
    op.create_table(
        "tasks",
        _owner(),
        sa.Column("number", BIG, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("is_completed", sa.Boolean, nullable=False),
        sa.Column("ts", TIME, nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "number", name="pk_tasks"),
        _belongs("tasks"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "task_lists",
        _owner(),
        sa.Column("last_number", BIG, nullable=False),
        sa.Column("revision", BIG, nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_task_lists"),
        _belongs("task_lists"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "security_events",
        _owner(),
        sa.Column("at", TIME, nullable=False),
        sa.Column("id", sa.LargeBinary, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("session_id", sa.LargeBinary),
        sa.Column("ip_address", sa.Text, nullable=False),
        sa.Column("user_agent", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "at", "id", name="pk_security_events"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_security_events_at", "security_events", ["at"])


def downgrade() -> None:
    for table in ("security_events", "task_lists", "tasks", "sessions", "users"):
        op.drop_table(table)


def _owner() -> sa.Column[int]:
    return sa.Column("user_id", BIG, autoincrement=False, nullable=False)


def _belongs(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["user_id"], ["users.id"], name=f"fk_{table}_user_id", ondelete="CASCADE"
    )
