"""Tables of the flow: pauses, extensions, joint handling, merges and links. Rows are ended, never taken away."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cloud.store.base import Base, row_id


class Pause(Base):
    """An interval in which an incident was suspended (挂账); open while `until_ms` is None."""

    __tablename__ = "pauses"

    id: Mapped[int] = row_id()
    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.id"), index=True)
    from_ms: Mapped[int]
    until_ms: Mapped[int | None]
    planned_ms: Mapped[int | None]  # until when it was thought to last
    who: Mapped[str] = mapped_column(String(128))
    why: Mapped[str] = mapped_column(Text)
    ended_by: Mapped[str | None] = mapped_column(String(128))
    ended_with: Mapped[str | None] = mapped_column(String(32))  # resume, another move, or what the gateway said


class Extension(Base):
    """A later deadline that was asked for before the old one was over (延期)."""

    __tablename__ = "extensions"

    id: Mapped[int] = row_id()
    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.id"), index=True)
    at_ms: Mapped[int]
    who: Mapped[str] = mapped_column(String(128))
    why: Mapped[str] = mapped_column(Text)
    deadline: Mapped[str] = mapped_column(String(16))  # feed_back, ...
    was_due_ms: Mapped[int]
    until_ms: Mapped[int]


class JointPart(Base):
    """What one department has to do with an incident (协办); how it came so stands in the log."""

    __tablename__ = "joint_parts"
    __table_args__ = (UniqueConstraint("incident_id", "department"),)

    id: Mapped[int] = row_id()
    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.id"))
    department: Mapped[str] = mapped_column(String(64))
    leads: Mapped[bool]  # 牵头; the others cooperate (配合)
    state: Mapped[str] = mapped_column(String(16))
    asked_by: Mapped[str] = mapped_column(String(128))
    asked_at_ms: Mapped[int]
    asked_for: Mapped[str] = mapped_column(Text)
    said_by: Mapped[str | None] = mapped_column(String(128))
    said_at_ms: Mapped[int | None]
    said: Mapped[str] = mapped_column(Text)


class Merge(Base):
    """One incident inside another, because both told the same thing; `before` is what a split goes back to."""

    __tablename__ = "merges"
    __table_args__ = (Index("ix_merges_child", "child_id", "undone_at_ms"),)

    id: Mapped[int] = row_id()
    child_id: Mapped[str] = mapped_column(ForeignKey("incidents.id"))
    parent_id: Mapped[str] = mapped_column(ForeignKey("incidents.id"), index=True)
    at_ms: Mapped[int]
    who: Mapped[str] = mapped_column(String(128))
    why: Mapped[str] = mapped_column(Text)
    before: Mapped[dict[str, Any]]
    undone_at_ms: Mapped[int | None]
    undone_by: Mapped[str | None] = mapped_column(String(128))
    undone_why: Mapped[str] = mapped_column(Text)


class Link(Base):
    """Two incidents that have to do with each other; the smaller id first."""

    __tablename__ = "links"
    __table_args__ = (Index("ix_links_first", "first_id"), Index("ix_links_second", "second_id"))

    id: Mapped[int] = row_id()
    first_id: Mapped[str] = mapped_column(ForeignKey("incidents.id"))
    second_id: Mapped[str] = mapped_column(ForeignKey("incidents.id"))
    at_ms: Mapped[int]
    who: Mapped[str] = mapped_column(String(128))
    why: Mapped[str] = mapped_column(Text)
    undone_at_ms: Mapped[int | None]
    undone_by: Mapped[str | None] = mapped_column(String(128))
