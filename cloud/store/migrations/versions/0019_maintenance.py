"""What was done to endpoints by hand, and their own last tests."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "maintenance",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("visit", sa.String(length=64), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("device", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("grid", sa.String(length=64), nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("result", sa.String(length=16), nullable=False),
        sa.Column("done_ms", sa.BigInteger(), nullable=False),
        sa.Column("done_by", sa.String(length=128), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("next_ms", sa.BigInteger(), nullable=True),
        sa.Column("told_by", sa.String(length=128), nullable=False),
        sa.Column("told_ms", sa.BigInteger(), nullable=False),
        sa.Column("corrects", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("corrects"),
    )
    op.create_index("ix_maintenance_device", "maintenance", ["device", "what", "done_ms"])
    op.create_index("ix_maintenance_place", "maintenance", ["site", "place"])
    op.create_index("ix_maintenance_visit", "maintenance", ["visit"])
    _own_tests()


def _own_tests() -> None:
    tests = op.create_table(
        "own_tests",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("device", sa.String(length=64), nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("passed_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("site", "device", "what"),
    )
    names = ("site", "device", "what", "at_ms", "details")
    reports = sa.table("field_reports", *(sa.column(name, sa.JSON() if name == "details" else None) for name in names))
    query = sa.select(*(reports.c[name] for name in names)).where(reports.c.what.in_(("self_test", "test_call")))
    found: dict[tuple[str, str, str], dict[str, object]] = {}
    for site, device, what, at_ms, details in op.get_bind().execute(query.order_by(reports.c.at_ms)):
        told = details if isinstance(details, dict) else {}
        what, passed = ("button_test" if told.get("by") == "button" else what), told.get("passed") is True  # noqa: PLW2901
        before = found.get((site, device, what), {}).get("passed_ms")
        found[(site, device, what)] = {
            "site": site, "device": device, "what": what, "at_ms": at_ms, "passed": passed,
            "passed_ms": at_ms if passed else before,
        }  # fmt: skip
    if found:
        op.bulk_insert(tests, list(found.values()))


def downgrade() -> None:
    """Take back."""
    for table in ("own_tests", "maintenance"):
        op.drop_table(table)
