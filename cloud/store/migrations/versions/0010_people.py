"""People: contacts, stand-ins, duty by handheld, hand-overs of a shift."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _id() -> sa.Column[int]:
    return sa.Column("id", ROW_ID, sa.Identity(always=False), primary_key=True)


def _text(name: str, length: int, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=null)


def _time(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=null)


def _contacts() -> None:
    op.create_table(
        "contacts",
        _text("person", 64),
        _text("kind", 16),
        sa.Column("sealed", sa.Text(), nullable=False),
        _time("changed_at_ms"),
        _text("changed_by", 128),
        sa.PrimaryKeyConstraint("person", "kind"),
    )


def _duty() -> None:
    op.create_table(
        "stand_ins",
        _id(),
        _text("absent", 64),
        _text("stand_in", 64, null=True),
        _time("from_ms"),
        _time("to_ms"),
        sa.Column("reason", sa.Text(), nullable=False),
        _text("made_by", 128),
        _time("made_at_ms"),
        _text("ended_by", 128, null=True),
        _time("ended_at_ms", null=True),
    )
    op.create_index("ix_stand_ins_absent", "stand_ins", ["absent"])
    op.create_index("ix_stand_ins_to", "stand_ins", ["ended_at_ms", "to_ms"])
    op.create_table(
        "duty_marks",
        _text("person", 64),
        _text("what", 16),
        _text("device", 64),
        _time("at_ms"),
        sa.PrimaryKeyConstraint("person"),
    )


def _handovers() -> None:
    op.create_table(
        "shift_handovers",
        _id(),
        _text("giver", 64),
        _text("receiver", 64),
        _text("offered_by", 64, null=True),
        _text("state", 16),
        sa.Column("note", sa.Text(), nullable=False),
        _time("made_at_ms"),
        _time("decided_at_ms", null=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.UniqueConstraint("offered_by"),
    )
    op.create_index("ix_shift_handovers_giver", "shift_handovers", ["giver"])
    op.create_index("ix_shift_handovers_receiver", "shift_handovers", ["receiver"])
    op.create_table(
        "shift_handover_items",
        sa.Column("handover_id", ROW_ID, sa.ForeignKey("shift_handovers.id"), nullable=False),
        sa.Column("incident_id", sa.String(length=64), sa.ForeignKey("incidents.id"), nullable=False),
        _text("stage", 16),
        sa.PrimaryKeyConstraint("handover_id", "incident_id"),
    )


def upgrade() -> None:
    """Apply."""
    _contacts()
    _duty()
    _handovers()


def downgrade() -> None:
    """Take back."""
    for table in ("shift_handover_items", "shift_handovers", "duty_marks", "stand_ins", "contacts"):
        op.drop_table(table)
