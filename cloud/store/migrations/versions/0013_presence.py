"""Who is looking at what, and an index for incidents like one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "presence",
        sa.Column("incident_id", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("since_ms", sa.BigInteger(), nullable=False),
        sa.Column("seen_ms", sa.BigInteger(), nullable=False),
        sa.Column("writing", sa.String(length=32), nullable=False),
        sa.Column("writing_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("incident_id", "person"),
    )
    op.create_index("ix_presence_seen", "presence", ["seen_ms"])
    op.create_index("ix_incidents_past", "incidents", ["grid", "kind", "raised_at_ms"])


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_incidents_past", "incidents")
    op.drop_index("ix_presence_seen", "presence")
    op.drop_table("presence")
