"""Tables of the plan."""

from __future__ import annotations

from typing import Any

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from cloud.store.base import Base


class PlanVersion(Base):
    """One version of one section, whole; never changed: going back makes a new one; the oldest of many go."""

    __tablename__ = "plan_versions"

    section: Mapped[str] = mapped_column(String(32), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at_ms: Mapped[int]
    who: Mapped[str] = mapped_column(String(128))
    why: Mapped[str] = mapped_column(Text)
    document: Mapped[dict[str, Any]]


class PlanDraft(Base):
    """What somebody changes in a section and has not stored yet. `revision` counts saves from a chance number."""

    __tablename__ = "plan_drafts"

    who: Mapped[str] = mapped_column(String(128), primary_key=True)
    section: Mapped[str] = mapped_column(String(32), primary_key=True)
    base: Mapped[int]  # the version that it was begun from
    revision: Mapped[int]
    at_ms: Mapped[int]
    document: Mapped[dict[str, Any]]
