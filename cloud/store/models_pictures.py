"""The table of pictures of incidents."""

from __future__ import annotations

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cloud.store.base import Base, row_id
from cloud.store.models import Incident


class Picture(Base):
    """A snapshot of the endpoint that an incident is of. People may be on it: it goes with its incident."""

    __tablename__ = "pictures"
    __table_args__ = (UniqueConstraint("told_incident", "fact"),)

    id: Mapped[int] = row_id()
    incident_id: Mapped[str | None] = mapped_column(ForeignKey("incidents.id"), index=True)  # None: it has not come yet
    told_incident: Mapped[str] = mapped_column(String(64))  # as the gateway names it, known or not
    site: Mapped[str] = mapped_column(String(64))
    device: Mapped[str] = mapped_column(String(64))
    fact: Mapped[str] = mapped_column(String(128))  # its id, made by the endpoint
    taken_ms: Mapped[int]
    received_ms: Mapped[int]
    why: Mapped[str] = mapped_column(String(64))
    width: Mapped[int]
    height: Mapped[int]
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    jpeg: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    of: Mapped[Incident | None] = relationship(lazy="raise")  # never read: it makes a flush insert incidents first
