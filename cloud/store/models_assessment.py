"""What an assessment still needs of a patrol when its track has been forgotten: that there was one, and no position."""

from __future__ import annotations

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from cloud.store.base import Base, row_id


class PastPatrol(Base):
    """One patrol whose track is gone; kept as long as incidents are."""

    __tablename__ = "past_patrols"
    __table_args__ = (Index("ix_past_patrols_started", "started_ms"),)

    id: Mapped[int] = row_id()
    person: Mapped[str] = mapped_column(String(64))
    area: Mapped[str] = mapped_column(String(64))  # code of the worker's grid then
    started_ms: Mapped[int]
    tracked: Mapped[bool]
