"""The flow: whence a move came, pauses, extensions, joint handling, merges, links."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("incidents", sa.Column("paused_at_ms", sa.BigInteger(), nullable=True))
    op.add_column("incident_log", sa.Column("source", sa.String(length=16), nullable=False, server_default=""))
    _time()
    _joint()
    _families()


def downgrade() -> None:
    """Take back."""
    for table in ("links", "merges", "joint_parts", "extensions", "pauses"):
        op.drop_table(table)
    op.drop_column("incident_log", "source")
    op.drop_column("incidents", "paused_at_ms")


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(), nullable=False)


def _incident(name: str = "incident_id") -> sa.Column[str]:
    return sa.Column(name, sa.String(length=64), sa.ForeignKey("incidents.id"), nullable=False)


def _text(name: str, length: int | None = None, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length) if length else sa.Text(), nullable=nullable)


def _ms(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _time() -> None:
    op.create_table(
        "pauses",
        _id(),
        _incident(),
        _ms("from_ms"),
        _ms("until_ms", nullable=True),
        _ms("planned_ms", nullable=True),
        _text("who", 128),
        _text("why"),
        _text("ended_by", 128, nullable=True),
        _text("ended_with", 32, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_pauses_incident_id", "pauses", ["incident_id"])
    op.create_table(
        "extensions",
        _id(),
        _incident(),
        _ms("at_ms"),
        _text("who", 128),
        _text("why"),
        _text("deadline", 16),
        _ms("was_due_ms"),
        _ms("until_ms"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_extensions_incident_id", "extensions", ["incident_id"])


def _joint() -> None:
    op.create_table(
        "joint_parts",
        _id(),
        _incident(),
        _text("department", 64),
        sa.Column("leads", sa.Boolean(), nullable=False),
        _text("state", 16),
        _text("asked_by", 128),
        _ms("asked_at_ms"),
        _text("asked_for"),
        _text("said_by", 128, nullable=True),
        _ms("said_at_ms", nullable=True),
        _text("said"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("incident_id", "department"),
    )


def _families() -> None:
    op.create_table(
        "merges",
        _id(),
        _incident("child_id"),
        _incident("parent_id"),
        _ms("at_ms"),
        _text("who", 128),
        _text("why"),
        sa.Column("before", sa.JSON(), nullable=False),
        _ms("undone_at_ms", nullable=True),
        _text("undone_by", 128, nullable=True),
        _text("undone_why"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_merges_child", "merges", ["child_id", "undone_at_ms"])
    op.create_index("ix_merges_parent_id", "merges", ["parent_id"])
    op.create_table(
        "links",
        _id(),
        _incident("first_id"),
        _incident("second_id"),
        _ms("at_ms"),
        _text("who", 128),
        _text("why"),
        _ms("undone_at_ms", nullable=True),
        _text("undone_by", 128, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_links_first", "links", ["first_id"])
    op.create_index("ix_links_second", "links", ["second_id"])
