"""The parent of an incident as its gateway names it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("incidents", sa.Column("told_parent", sa.String(length=64), nullable=True))
    op.create_index("ix_incidents_told_parent", "incidents", ["told_parent"])


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_incidents_told_parent", "incidents")
    op.drop_column("incidents", "told_parent")
