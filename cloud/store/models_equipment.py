"""Tables of equipment: what gateways tell beside their state, and shelves that the centre orders."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from cloud.store.base import Base


class GatewayPage(Base):
    """One part of what a gateway told of itself: its disk, rules in force, updates, refused messages."""

    __tablename__ = "gateway_pages"

    gateway_id: Mapped[str] = mapped_column(ForeignKey("gateways.id"), primary_key=True)
    part: Mapped[str] = mapped_column(String(16), primary_key=True)  # protocol.inventory.PARTS
    told_ms: Mapped[int]
    rows: Mapped[list[Any]]


class EndpointFacts(Base):
    """What a gateway told of one endpoint beside its state: firmware, boot, battery, update."""

    __tablename__ = "endpoint_facts"

    gateway_id: Mapped[str] = mapped_column(ForeignKey("gateways.id"), primary_key=True)
    device: Mapped[str] = mapped_column(String(64), primary_key=True)
    told_ms: Mapped[int]  # when it was told so first
    facts: Mapped[dict[str, Any]]


class ShelfOrder(Base):
    """A shelf that somebody at the centre ordered; its gateway executes it, or says why not."""

    __tablename__ = "shelf_orders"
    __table_args__ = (
        Index("ix_shelf_orders_gateway", "gateway_id", "until_ms"),
        Index("ix_shelf_orders_device", "device", "id"),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    gateway_id: Mapped[str] = mapped_column(ForeignKey("gateways.id"))
    site: Mapped[str] = mapped_column(String(64))
    device: Mapped[str] = mapped_column(String(64))
    kinds: Mapped[list[Any]]  # empty: all but life safety
    person: Mapped[str] = mapped_column(String(128))
    reason: Mapped[str] = mapped_column(Text)
    made_ms: Mapped[int]
    until_ms: Mapped[int]
    state: Mapped[str] = mapped_column(String(16))  # domain.shelf_orders.State
    state_ms: Mapped[int]
    why: Mapped[str] = mapped_column(Text, default="")  # of a refusal, or who ended it
    taken_back_by: Mapped[str | None] = mapped_column(String(128), default=None)
