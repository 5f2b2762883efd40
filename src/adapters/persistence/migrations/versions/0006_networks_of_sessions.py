"""The network a session began in, and indexes that pass by the sessions that have ended."""

from collections.abc import Iterator, Sequence
from ipaddress import IPv6Address, ip_network
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_sessions_end": ["revoked_at", "user_id", "expires_at"],
    "ix_sessions_network": ["network", "user_id", "revoked_at", "expires_at"],
}

SESSIONS = sa.table(
    "sessions",
    sa.column("user_id", sa.BigInteger),
    sa.column("id", sa.LargeBinary),
    sa.column("ip_address", sa.Text),
    sa.column("network", sa.Text),
)
IS_SESSION = (SESSIONS.c.user_id == sa.bindparam("of"), SESSIONS.c.id == sa.bindparam("session"))
SET_NETWORK = sa.update(SESSIONS).where(*IS_SESSION).values(network=sa.bindparam("is_in"))
A_PAGE = 10_000


def upgrade() -> None:
    empty = sa.text("''")
    op.add_column("sessions", sa.Column("network", sa.Text, nullable=False, server_default=empty))
    # An IPv4 address is a network of its own.
    op.execute("UPDATE sessions SET network = ip_address WHERE ip_address NOT LIKE '%:%'")
    for page in _sessions_by_ipv6():
        networks = [{"of": of, "session": id_, "is_in": network_of(ip)} for of, id_, ip in page]
        op.get_bind().execute(SET_NETWORK, networks)
    for name, columns in INDEXES.items():
        op.create_index(name, "sessions", columns)


def downgrade() -> None:
    for name in INDEXES:
        op.drop_index(name, "sessions")
    op.drop_column("sessions", "network")


def network_of(ipv6: str) -> str:
    try:
        parsed = IPv6Address(ipv6)
    except ValueError:
        return ipv6
    return str(parsed.ipv4_mapped or ip_network((parsed, 64), strict=False))


def _sessions_by_ipv6() -> Iterator[Sequence[Any]]:
    key = sa.tuple_(SESSIONS.c.user_id, SESSIONS.c.id)
    pages = (
        sa.select(SESSIONS.c.user_id, SESSIONS.c.id, SESSIONS.c.ip_address)
        .where(SESSIONS.c.ip_address.contains(":"))
        .order_by(SESSIONS.c.user_id, SESSIONS.c.id)
        .limit(A_PAGE)
    )
    page = op.get_bind().execute(pages).all()
    while page:
        yield page
        page = op.get_bind().execute(pages.where(key > tuple(page[-1][:2]))).all()
