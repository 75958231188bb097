"""Deadlines and escalation."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("timers", sa.Column("deadline", sa.String(length=16), nullable=False, server_default="accept"))
    op.add_column("timers", sa.Column("target", sa.String(length=200), nullable=False, server_default=""))
    op.execute("UPDATE timers SET deadline = 'feed_back' WHERE step LIKE 'chase:%'")
    op.create_index("ix_timers_incident", "timers", ["incident_id", "state"])
    op.create_table(
        "deadlines",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(), nullable=False),
        sa.Column("incident_id", sa.String(length=64), sa.ForeignKey("incidents.id"), nullable=False),
        sa.Column("due", sa.String(length=16), nullable=False),
        sa.Column("round", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.String(length=16), nullable=False),
        sa.Column("started_ms", sa.BigInteger(), nullable=False),
        sa.Column("due_ms", sa.BigInteger(), nullable=False),
        sa.Column("yellow_ms", sa.BigInteger(), nullable=False),
        sa.Column("first_due_ms", sa.BigInteger(), nullable=False),
        sa.Column("paused_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("supervised_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("ended_ms", sa.BigInteger(), nullable=True),
        sa.Column("assumed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("incident_id", "due", "round"),
    )
    op.create_index("ix_deadlines_running", "deadlines", ["ended_ms", "incident_id"])
    op.create_table(
        "acceptances",
        sa.Column("deadline_id", sa.BigInteger(), sa.ForeignKey("deadlines.id"), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("deadline_id", "person"),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("acceptances")
    op.drop_table("deadlines")
    op.drop_index("ix_timers_incident", "timers")
    op.drop_column("timers", "target")
    op.drop_column("timers", "deadline")
