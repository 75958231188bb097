"""The table of several workers."""

from __future__ import annotations

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from cloud.store.base import Base


class Lease(Base):
    """A job that one worker does at a time, and until when it is that worker's, by the database's clock."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    holder: Mapped[str] = mapped_column(String(128))
    term: Mapped[int]  # grows whenever another worker takes it
    until_ms: Mapped[int]
