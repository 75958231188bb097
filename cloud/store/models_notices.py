"""The tables of the notices beside `notices` itself: how somebody wants to be told, and who else is told."""

from __future__ import annotations

from typing import Any

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from cloud.store.base import Base


class NoticeWish(Base):
    """How one person wants to be told; what is None here, the rules of the centre say."""

    __tablename__ = "notice_wishes"

    person: Mapped[str] = mapped_column(String(64), primary_key=True)
    channels: Mapped[dict[str, Any] | None]  # {"names": [...]}
    quiet: Mapped[str | None] = mapped_column(String(16))  # "22:00-07:00", empty: none
    language: Mapped[str | None] = mapped_column(String(8))
    changed_ms: Mapped[int]
    changed_by: Mapped[str] = mapped_column(String(128))


class Webhook(Base):
    """Another system that hears of incidents: how far it has come in their log, and how it goes."""

    __tablename__ = "webhooks"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(128), unique=True)
    url: Mapped[str] = mapped_column(Text)
    secret: Mapped[str] = mapped_column(Text)  # sealed
    area: Mapped[str | None] = mapped_column(String(64))  # None: the whole district
    kinds: Mapped[dict[str, Any]]  # {"names": [...]}; empty: every kind
    state: Mapped[str] = mapped_column(String(16))  # active, failing, stopped
    log_id: Mapped[int]  # of the last entry it has
    attempts: Mapped[int]  # at the next one
    due_ms: Mapped[int]
    failing_since_ms: Mapped[int | None]
    last_ok_ms: Mapped[int | None]
    reason: Mapped[str] = mapped_column(String(200))
    held_until_ms: Mapped[int]  # by the worker that is at it
    made_ms: Mapped[int]
    made_by: Mapped[str] = mapped_column(String(128))
