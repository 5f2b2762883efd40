"""The code that was used last, and since when a user has the password."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")


def upgrade() -> None:
    op.add_column("users", sa.Column("password_changed_at", TIME, nullable=True))
    op.add_column("second_factors", sa.Column("last_code_hash", sa.LargeBinary, nullable=True))
    op.add_column("second_factors", sa.Column("last_code_at", TIME, nullable=True))


def downgrade() -> None:
    op.drop_column("second_factors", "last_code_at")
    op.drop_column("second_factors", "last_code_hash")
    op.drop_column("users", "password_changed_at")
