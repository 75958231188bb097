"""Tables of the clocks: deadlines of incidents, and who has accepted where more than one must."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cloud.store.base import Base, row_id
from cloud.store.models import Incident


class DeadlineRow(Base):
    """One deadline of one incident, as it was counted when it began; a change of the rules does not move it."""

    __tablename__ = "deadlines"
    __table_args__ = (
        UniqueConstraint("incident_id", "due", "round"),
        Index("ix_deadlines_running", "ended_ms", "incident_id"),
    )

    id: Mapped[int] = row_id()
    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.id"))
    due: Mapped[str] = mapped_column(String(16))  # accept, dispatch, feed_back, verify, close, overall
    round: Mapped[int]
    unit: Mapped[str] = mapped_column(String(16))  # clock, working_hours, working_days
    started_ms: Mapped[int]
    due_ms: Mapped[int]
    yellow_ms: Mapped[int]
    first_due_ms: Mapped[int]  # before any pause, extension or change
    paused_at_ms: Mapped[int | None]
    supervised_at_ms: Mapped[int | None]
    ended_ms: Mapped[int | None]  # None while it runs
    assumed: Mapped[bool] = mapped_column(Boolean)  # counted over a year whose holidays were not published
    of: Mapped[Incident] = relationship(lazy="raise")  # never read: it makes a flush insert incidents first


class Acceptance(Base):
    """Somebody has accepted where more than one must."""

    __tablename__ = "acceptances"

    deadline_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("deadlines.id"), primary_key=True)
    person: Mapped[str] = mapped_column(String(64), primary_key=True)
    at_ms: Mapped[int]
