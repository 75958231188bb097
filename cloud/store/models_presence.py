"""The table of who looks at what now; its rows live for a minute."""

from __future__ import annotations

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from cloud.store.base import Base


class Watching(Base):
    """One person at the page of one incident. No foreign key: a lock on the incident would make movers wait."""

    __tablename__ = "presence"
    __table_args__ = (Index("ix_presence_seen", "seen_ms"),)

    incident_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    person: Mapped[str] = mapped_column(String(64), primary_key=True)
    since_ms: Mapped[int]
    seen_ms: Mapped[int]
    writing: Mapped[str] = mapped_column(String(32))  # the move whose form is being filled in; empty: none
    writing_ms: Mapped[int]  # when that was last said
