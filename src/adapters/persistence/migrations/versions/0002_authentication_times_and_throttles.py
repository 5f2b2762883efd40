"""When the password of a session was given, what an event is about, and counts of attempts.

There are databases of revision 0001 that have some of this: it was once added to that migration.
So each part is made where it is missing.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")

# A session began with its password; and of an event only its session knows the label.
AUTHENTICATED_AT = "UPDATE sessions SET authenticated_at = created_at"
CLIENT_LABEL = """
    UPDATE security_events SET client_label = COALESCE(
        (SELECT client_label FROM sessions WHERE sessions.id = security_events.session_id), ''
    )
"""
DETAIL = "UPDATE security_events SET detail = ''"


def upgrade() -> None:
    _add("sessions", sa.Column("authenticated_at", TIME), AUTHENTICATED_AT)
    _add("security_events", sa.Column("client_label", sa.Text), CLIENT_LABEL)
    _add("security_events", sa.Column("detail", sa.Text), DETAIL)
    if not sa.inspect(op.get_bind()).has_table("throttles"):
        op.create_table(
            "throttles",
            sa.Column("key", sa.LargeBinary, nullable=False),
            sa.Column("attempts", BIG, nullable=False),
            sa.Column("last_at", TIME, nullable=False),
            sa.PrimaryKeyConstraint("key", name="pk_throttles"),
            sqlite_with_rowid=False,
        )
        op.create_index("ix_throttles_last_at", "throttles", ["last_at"])


def downgrade() -> None:
    op.drop_table("throttles")
    with op.batch_alter_table("security_events") as security_events:
        security_events.drop_column("detail")
        security_events.drop_column("client_label")
    with op.batch_alter_table("sessions") as sessions:
        sessions.drop_column("authenticated_at")


def _add(table: str, column: sa.Column[object], value_of_rows: str) -> None:
    if column.name in {known["name"] for known in sa.inspect(op.get_bind()).get_columns(table)}:
        return
    op.add_column(table, column)
    op.execute(value_of_rows)
    with op.batch_alter_table(table) as altered:
        altered.alter_column(column.name, existing_type=column.type, nullable=False)
