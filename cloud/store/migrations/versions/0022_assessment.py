"""That there was a patrol, after its track has been forgotten: an assessment of a year needs it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "past_patrols",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("area", sa.String(length=64), nullable=False),
        sa.Column("started_ms", sa.BigInteger(), nullable=False),
        sa.Column("tracked", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_past_patrols_started", "past_patrols", ["started_ms"])


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_past_patrols_started", table_name="past_patrols")
    op.drop_table("past_patrols")
