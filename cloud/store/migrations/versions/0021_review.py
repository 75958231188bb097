"""What reports are counted from: a fact per incident, the places of them, and how far they are kept up."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

DUES = ("accept", "dispatch", "feed_back", "verify", "close", "overall")
INDEXES = {
    "reported": ["reported_ms"],
    "closed": ["closed_ms"],
    "device": ["device", "reported_ms"],
    "handled": ["handled_by", "reported_ms"],
    "accepted": ["accepted_by", "reported_ms"],
}


def _numbers(*names: str, empty: bool = False) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger(), nullable=empty) for name in names]


def _texts(length: int, *names: str, empty: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(length=length), nullable=empty) for name in names]


def _yes_or_no(*names: str, empty: bool = False) -> list[sa.Column[bool]]:
    return [sa.Column(name, sa.Boolean(), nullable=empty) for name in names]


def _deadlines() -> list[sa.Column[int] | sa.Column[str]]:
    found: list[sa.Column[int] | sa.Column[str]] = []
    for due in DUES:
        found += [*_texts(8, due, empty=True), *_numbers(f"{due}_due_ms", f"{due}_late_ms", empty=True)]
    return found


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "case_areas",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(), nullable=False),
        *_texts(64, "digest", "grid", "site"),
        sa.Column("chain", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("digest"),
    )
    op.create_table(
        "case_marks",
        *_numbers("id", "form", "log_id"),
        *_texts(64, "filled_to", empty=True),
        sa.PrimaryKeyConstraint("id"),
    )
    _facts()


def _facts() -> None:
    op.create_table(
        "case_facts",
        *_texts(64, "id"), *_numbers("reported_ms"), *_texts(64, "member_of", empty=True),
        *_yes_or_no("void", "life_safety"), *_numbers("area"), *_texts(32, "kind"),
        *_texts(16, "severity", "source", "stage"), *_texts(32, "tier", empty=True),
        *_numbers("closed_ms", empty=True), *_numbers("raised_ms"),
        *_numbers("accepted_ms", "dispatched_ms", "arrived_ms", "fed_back_ms", "verified_ms", empty=True),
        *_numbers("paused_ms"), *_numbers("paused_since_ms", "next_due_ms", empty=True), *_deadlines(),
        *_numbers("supervised", "returns", "reworks", "reopenings", "passed_up", "escalations", "extensions"),
        *_numbers("suspensions", "handed_over", "parts", "parts_open", "unsatisfied"),
        *_texts(16, "grade", empty=True), *_numbers("reports"), *_yes_or_no("first_report", empty=True),
        *_numbers("worker_ms", "line_ms", "sensor_ms", empty=True), *_texts(48, "matter", empty=True),
        *_texts(64, "device"), *_texts(64, "holder", empty=True),
        *_texts(128, "accepted_by", "dispatched_to", "handled_by", "fed_back_by", "verified_by", "closed_by",
                "voided_by", empty=True),
        *_texts(64, "lead", empty=True), *_texts(128, "reporter", empty=True),
        *_numbers("evaluated_ms", "cleared_ms", empty=True), *_numbers("tiers", "members"), *_yes_or_no("merged"),
        sa.Column("returned_by", sa.JSON(), nullable=False), sa.Column("reworked_of", sa.JSON(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False), sa.Column("void_why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["incidents.id"]), sa.ForeignKeyConstraint(["area"], ["case_areas.id"]),
        sa.PrimaryKeyConstraint("id"),
    )  # fmt: skip
    for name, columns in INDEXES.items():
        op.create_index(f"ix_case_facts_{name}", "case_facts", columns)
    member = sa.text("member_of IS NOT NULL")
    op.create_index("ix_case_facts_member", "case_facts", ["member_of"], sqlite_where=member, postgresql_where=member)


def downgrade() -> None:
    """Take back."""
    for table in ("case_facts", "case_marks", "case_areas"):
        op.drop_table(table)
