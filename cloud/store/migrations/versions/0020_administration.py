"""When an account last logged in, and when a session last proved who sits there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("login_sessions", sa.Column("proved_at_ms", sa.BigInteger(), nullable=True))
    op.add_column("accounts", sa.Column("logged_in_at_ms", sa.BigInteger(), nullable=True))
    op.execute(
        "UPDATE accounts SET logged_in_at_ms = (SELECT MAX(at_ms) FROM audit WHERE audit.actor = accounts.id "
        "AND audit.action = 'log_in' AND audit.outcome = 'done')"
    )


def downgrade() -> None:
    """Take back."""
    op.drop_column("accounts", "logged_in_at_ms")
    op.drop_column("login_sessions", "proved_at_ms")
