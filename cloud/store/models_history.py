"""Tables of the history that belong to incidents and people: frozen readings, and exports."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cloud.store.base import Base
from cloud.store.models import Incident


class FrozenReadings(Base):
    """Readings of one channel around one incident, kept as long as it is. Only ever added to."""

    __tablename__ = "frozen_readings"

    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.id"), primary_key=True)
    device: Mapped[str] = mapped_column(String(64), primary_key=True)
    channel: Mapped[str] = mapped_column(String(64), primary_key=True)
    near: Mapped[bool]  # of a neighbour
    points: Mapped[int]
    cut: Mapped[bool] = mapped_column(default=False, server_default=false())  # there were more than are kept
    readings: Mapped[bytes] = mapped_column(LargeBinary)  # cloud/history/ice.py
    of: Mapped[Incident] = relationship(lazy="raise")  # never read: it makes a flush insert incidents first


class Freezing(Base):
    """When the readings around an incident are looked at next."""

    __tablename__ = "freezing"
    __table_args__ = (Index("ix_freezing_due", "due_ms"),)

    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.id"), primary_key=True)
    device: Mapped[str] = mapped_column(String(64), index=True)
    from_ms: Mapped[int]
    to_ms: Mapped[int]  # grows until the incident is cleared
    looks: Mapped[int]  # how often it was looked at
    due_ms: Mapped[int | None]  # None: raw readings of that time are gone everywhere
    of: Mapped[Incident] = relationship(lazy="raise")  # never read: it makes a flush insert incidents first


class Export(Base):
    """A file of readings that somebody asked for."""

    __tablename__ = "exports"
    __table_args__ = (Index("ix_exports_state", "state", "asked_ms"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    actor: Mapped[str] = mapped_column(String(128), index=True)
    asked_ms: Mapped[int]
    what: Mapped[dict[str, Any]]  # cloud/history/exports/wish.py
    state: Mapped[str] = mapped_column(String(16))  # waiting, running, done, failed, cancelled, gone
    rows: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)  # rows expected; may be an estimate
    bytes: Mapped[int] = mapped_column(default=0)
    ended_ms: Mapped[int | None] = mapped_column(default=None)
    error: Mapped[str] = mapped_column(String(200), default="")
