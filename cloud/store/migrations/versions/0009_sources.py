"""Sources: hand-overs, finds, duplicates, tracks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

INCIDENT = "incidents"


def row_id() -> sa.Column[int]:
    """Numbered by the database."""
    return sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(), nullable=False)


def upgrade() -> None:
    """Apply."""
    op.add_column(INCIDENT, sa.Column("source", sa.String(length=16), nullable=False, server_default="gateway"))
    op.add_column(INCIDENT, sa.Column("matter", sa.String(length=48), nullable=True))
    _reports()
    _tracks()


def _reports() -> None:
    op.create_table(
        "source_reports",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("incident_id", sa.String(length=64), sa.ForeignKey("incidents.id"), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("line", sa.String(length=32), nullable=True),
        sa.Column("number", sa.String(length=64), nullable=True),
        sa.Column("key", sa.String(length=128), nullable=True),
        sa.Column("asked", sa.String(length=64), nullable=False),
        sa.Column("reporter", sa.String(length=128), nullable=False),
        sa.Column("caller", sa.Text(), nullable=True),
        sa.Column("matter", sa.String(length=48), nullable=False),
        sa.Column("urgency", sa.String(length=16), nullable=False),
        sa.Column("grid", sa.String(length=64), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("photo", sa.BigInteger(), nullable=True),
        sa.Column("lat_udeg", sa.BigInteger(), nullable=True),
        sa.Column("lon_udeg", sa.BigInteger(), nullable=True),
        sa.Column("first", sa.Boolean(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("taken_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("line", "number"),
        sa.UniqueConstraint("source", "key"),
    )
    op.create_index("ix_source_reports_incident_id", "source_reports", ["incident_id"])


def _tracks() -> None:
    op.create_table(
        "patrols",
        row_id(),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("device", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=True),
        sa.Column("area", sa.String(length=64), nullable=False),
        sa.Column("started_ms", sa.BigInteger(), nullable=False),
        sa.Column("finished_ms", sa.BigInteger(), nullable=True),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("length_m", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_patrols_device", "patrols", ["device", "started_ms"])
    op.create_index("ix_patrols_person", "patrols", ["person"])
    op.create_index("ix_patrols_started_ms", "patrols", ["started_ms"])
    op.create_table(
        "track_parts",
        row_id(),
        sa.Column("patrol_id", sa.BigInteger(), sa.ForeignKey("patrols.id"), nullable=False),
        sa.Column("first_ms", sa.BigInteger(), nullable=False),
        sa.Column("points", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_track_parts_patrol_id", "track_parts", ["patrol_id"])
