"""Notices: state per recipient and channel, wishes of people, webhooks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

NOTICES = "notices"


def upgrade() -> None:
    """Apply."""
    op.add_column(NOTICES, sa.Column("spread", sa.Boolean(), nullable=False, server_default=sa.false()))
    for name in ("due_ms", "held_until_ms"):
        op.add_column(NOTICES, sa.Column(name, sa.BigInteger(), nullable=False, server_default="0"))
    for name in ("sent_at_ms", "message"):
        op.add_column(NOTICES, sa.Column(name, sa.BigInteger(), nullable=True))
    op.add_column(NOTICES, sa.Column("reason", sa.String(length=200), nullable=False, server_default=""))
    op.execute("UPDATE notices SET spread = true WHERE state <> 'owed'")
    op.create_index("ix_notices_due", NOTICES, ["channel", "state", "due_ms"])
    op.create_index("ix_notices_said", NOTICES, ["person", "channel", "sent_at_ms"])
    op.create_table(
        "notice_wishes",
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("channels", sa.JSON(), nullable=True),
        sa.Column("quiet", sa.String(length=16), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("changed_ms", sa.BigInteger(), nullable=False),
        sa.Column("changed_by", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("person"),
    )
    _webhooks()


def _webhooks() -> None:
    op.create_table(
        "webhooks",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("area", sa.String(length=64), nullable=True),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("log_id", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("due_ms", sa.BigInteger(), nullable=False),
        sa.Column("failing_since_ms", sa.BigInteger(), nullable=True),
        sa.Column("last_ok_ms", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("held_until_ms", sa.BigInteger(), nullable=False),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
