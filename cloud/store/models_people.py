"""Tables of people: what differs from the roster just now, hand-overs of a shift, and contacts, which can be erased."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from cloud.store.base import Base, row_id


class Contact(Base):
    """How to reach somebody; sealed, never part of a version of the plan."""

    __tablename__ = "contacts"

    person: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    sealed: Mapped[str] = mapped_column(Text)
    changed_at_ms: Mapped[int]
    changed_by: Mapped[str] = mapped_column(String(128))


class StandInRow(Base):
    """Somebody is away, and who stands in (代班); ended early by `ended_*`, never deleted."""

    __tablename__ = "stand_ins"
    __table_args__ = (Index("ix_stand_ins_to", "ended_at_ms", "to_ms"),)

    id: Mapped[int] = row_id()
    absent: Mapped[str] = mapped_column(String(64), index=True)
    stand_in: Mapped[str | None] = mapped_column(String(64))
    from_ms: Mapped[int]
    to_ms: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    made_by: Mapped[str] = mapped_column(String(128))
    made_at_ms: Mapped[int]
    ended_by: Mapped[str | None] = mapped_column(String(128))
    ended_at_ms: Mapped[int | None]


class DutyMark(Base):
    """What the handheld of somebody said last about his duty."""

    __tablename__ = "duty_marks"

    person: Mapped[str] = mapped_column(String(64), primary_key=True)
    what: Mapped[str] = mapped_column(String(16))  # duty_on, duty_off, logged_off, wiped, handed_over, took_over
    device: Mapped[str] = mapped_column(String(64))
    at_ms: Mapped[int]


class ShiftHandover(Base):
    """One hand-over of a shift (交接班). `offered_by` is the giver while it waits, so that he has one at a time."""

    __tablename__ = "shift_handovers"

    id: Mapped[int] = row_id()
    giver: Mapped[str] = mapped_column(String(64), index=True)
    receiver: Mapped[str] = mapped_column(String(64), index=True)
    offered_by: Mapped[str | None] = mapped_column(String(64), unique=True)
    state: Mapped[str] = mapped_column(String(16))  # offered, confirmed, refused, withdrawn
    note: Mapped[str] = mapped_column(Text)
    made_at_ms: Mapped[int]
    decided_at_ms: Mapped[int | None]
    reason: Mapped[str] = mapped_column(Text)


class HandoverItem(Base):
    """One incident that went with a shift, as it stood when the receiver confirmed."""

    __tablename__ = "shift_handover_items"

    handover_id: Mapped[int] = mapped_column(ForeignKey("shift_handovers.id"), primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.id"), primary_key=True)
    stage: Mapped[str] = mapped_column(String(16))
