"""Accounts, sessions, tokens, the audit log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def _text(name: str, length: int, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=nullable)


def _ms(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def upgrade() -> None:
    """Apply."""
    _who()
    _programs()
    _audit()


def _who() -> None:
    op.create_table(
        "accounts",
        _text("id", 64),
        _text("password", 256, nullable=True),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.Column("grants", sa.JSON(), nullable=False),
        _ms("made_at_ms"),
        _ms("disabled_at_ms", nullable=True),
        sa.Column("totp", sa.Text(), nullable=True),
        _ms("totp_step"),
        sa.Column("recovery", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "login_sessions",
        _text("id", 64),
        _text("account", 64),
        _ms("made_at_ms"),
        _ms("seen_at_ms"),
        _ms("ends_at_ms"),
        sa.Column("second", sa.Boolean(), nullable=False),
        _text("address", 64),
        _text("agent", 200),
        sa.PrimaryKeyConstraint("id"),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"]),
    )
    op.create_index("ix_login_sessions_account", "login_sessions", ["account"])
    op.create_index("ix_login_sessions_ends_at_ms", "login_sessions", ["ends_at_ms"])
    op.create_table(
        "login_links",
        _text("id", 64),
        _text("account", 64),
        _ms("ends_at_ms"),
        sa.PrimaryKeyConstraint("id"),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"]),
    )


def _programs() -> None:
    op.create_table(
        "api_tokens",
        _text("name", 48),
        _text("shown", 16),
        _text("hash", 64),
        sa.Column("grants", sa.JSON(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("speaks_for_others", sa.Boolean(), nullable=False),
        _ms("made_at_ms"),
        _text("made_by", 64),
        _ms("ends_at_ms", nullable=True),
        _ms("used_at_ms", nullable=True),
        _ms("revoked_at_ms", nullable=True),
        sa.PrimaryKeyConstraint("name"),
        sa.UniqueConstraint("hash"),
    )


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        _ms("at_ms"),
        _text("actor", 128),
        _text("action", 64),
        _text("target", 200),
        _text("outcome", 16),
        _text("address", 64),
        sa.Column("detail", sa.JSON(), nullable=False),
        _text("mac", 64),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("ix_audit_actor", "audit", ["actor", "seq"])
    op.create_index("ix_audit_at_ms", "audit", ["at_ms"])
    op.create_table(
        "audit_head",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        _ms("first_seq"),
        _text("before_mac", 64),
        _ms("last_seq"),
        _text("last_mac", 64),
        _text("mac", 64),
        sa.PrimaryKeyConstraint("id"),
    )


def downgrade() -> None:
    """Take back."""
    for table in ("audit_head", "audit", "api_tokens", "login_links", "login_sessions", "accounts"):
        op.drop_table(table)
