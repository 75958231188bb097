"""What people have chosen for themselves: nothing that anybody else reads."""

from __future__ import annotations

from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from cloud.store.base import Base


class PreferenceRow(Base):
    """One choice of one person: the filter of the board."""

    __tablename__ = "preferences"

    person: Mapped[str] = mapped_column(String(128), primary_key=True)
    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    document: Mapped[dict[str, Any]]
    changed_at_ms: Mapped[int]
