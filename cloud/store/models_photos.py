"""The table of photos that people add to incidents."""

from __future__ import annotations

from sqlalchemy import ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cloud.store.base import Base, row_id
from cloud.store.models import Incident


class Photo(Base):
    """A photo, or the mark of one that was taken back: then its bytes are gone. It goes with its incident."""

    __tablename__ = "photos"
    __table_args__ = (UniqueConstraint("incident_id", "origin"),)

    id: Mapped[int] = row_id()
    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.id"), index=True)
    report_id: Mapped[str | None] = mapped_column(ForeignKey("source_reports.id"), index=True)  # the find it belongs to
    added_by: Mapped[str] = mapped_column(String(128))
    added_ms: Mapped[int]
    origin: Mapped[str | None] = mapped_column(String(64))  # SHA-256 of the file as it came; None: taken back
    sha256: Mapped[str] = mapped_column(String(64))  # of what is kept
    width: Mapped[int]
    height: Mapped[int]
    size: Mapped[int]  # 0: taken back
    small_size: Mapped[int]
    removed_ms: Mapped[int | None]
    removed_by: Mapped[str | None] = mapped_column(String(128))
    removed_why: Mapped[str | None] = mapped_column(Text)
    small: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    jpeg: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    of: Mapped[Incident] = relationship(lazy="raise")  # never read: it makes a flush insert incidents first
