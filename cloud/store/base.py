"""What every table is made of. It knows no table, so a module of tables may import any other it refers to."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, Identity, Integer
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """All tables of the centre; the list of them is in `cloud.store.tables`."""

    type_annotation_map = {int: BigInteger, dict[str, Any]: JSON, list[Any]: JSON}  # noqa: RUF012


def row_id() -> Mapped[int]:
    """The primary key of rows that the database numbers."""
    # SQLite numbers rows itself only for INTEGER; PostgreSQL wants room
    return mapped_column(BigInteger().with_variant(Integer(), "sqlite"), Identity(), primary_key=True)
