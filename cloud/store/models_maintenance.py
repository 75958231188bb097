"""Tables of what was done to endpoints by hand, and of their own last tests."""

from __future__ import annotations

from sqlalchemy import Boolean, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cloud.store.base import Base


class MaintenanceRecord(Base):
    """One thing that was done, or the entry that takes one back; never changed, never deleted."""

    __tablename__ = "maintenance"
    __table_args__ = (
        UniqueConstraint("corrects"),
        Index("ix_maintenance_device", "device", "what", "done_ms"),
        Index("ix_maintenance_place", "site", "place"),
        Index("ix_maintenance_visit", "visit"),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    visit: Mapped[str] = mapped_column(String(64))  # of one form: all that was done on one way
    site: Mapped[str] = mapped_column(String(64))
    device: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(32))
    place: Mapped[str] = mapped_column(String(200))  # as it was then: whoever takes over the place takes its history
    grid: Mapped[str] = mapped_column(String(64))
    what: Mapped[str] = mapped_column(String(16))  # domain.maintenance.What; correction
    result: Mapped[str] = mapped_column(String(16))  # domain.maintenance.Result
    done_ms: Mapped[int]
    done_by: Mapped[str] = mapped_column(String(128))  # who did it: a person or a firm
    note: Mapped[str] = mapped_column(Text)
    next_ms: Mapped[int | None]
    told_by: Mapped[str] = mapped_column(String(128))  # who put it on record
    told_ms: Mapped[int]
    corrects: Mapped[str | None] = mapped_column(String(64))  # the record that does not count any more


class OwnTest(Base):
    """The last test that an endpoint reported of itself; kept when its report is deleted."""

    __tablename__ = "own_tests"

    site: Mapped[str] = mapped_column(String(64), primary_key=True)
    device: Mapped[str] = mapped_column(String(64), primary_key=True)
    what: Mapped[str] = mapped_column(String(16), primary_key=True)
    at_ms: Mapped[int]
    passed: Mapped[bool] = mapped_column(Boolean)
    passed_ms: Mapped[int | None]  # the last one that passed
