"""The code that was used last, and since when a user has the password.

There are databases of revision 0004 that have some of it: it was once added to that migration.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")

LAST_CHANGE = """
    UPDATE users SET password_changed_at = (
        SELECT max(at) FROM security_events
        WHERE user_id = users.id AND kind IN ('password_changed', 'password_reset')
    )
"""


def upgrade() -> None:
    if "password_changed_at" not in _columns("users"):
        op.add_column("users", sa.Column("password_changed_at", TIME, nullable=True))
        op.execute(LAST_CHANGE)
    if "last_code_hash" in _columns("second_factors"):
        # It was not to be null there.
        op.drop_column("second_factors", "last_code_hash")
    op.add_column("second_factors", sa.Column("last_code_hash", sa.LargeBinary, nullable=True))
    op.add_column("second_factors", sa.Column("last_code_at", TIME, nullable=True))


def downgrade() -> None:
    op.drop_column("second_factors", "last_code_at")
    op.drop_column("second_factors", "last_code_hash")
    op.drop_column("users", "password_changed_at")


def _columns(table: str) -> set[str]:
    return {column["name"] for column in sa.inspect(op.get_bind()).get_columns(table)}
