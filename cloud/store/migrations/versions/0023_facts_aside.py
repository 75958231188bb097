"""Incidents whose facts could not be made stand aside by name, so that what comes after them is counted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("case_marks", sa.Column("aside", sa.JSON(), server_default="[]", nullable=False))


def downgrade() -> None:
    """Take back."""
    op.drop_column("case_marks", "aside")
