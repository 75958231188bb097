"""Incidents and what hangs on them, gateways, what came in. Times are UTC epoch ms; JSON columns are never searched."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cloud.store.base import Base, row_id


class Incident(Base):
    """The present state of one incident. `version` counts stage moves only: sensors never spoil a person's click."""

    __tablename__ = "incidents"
    __table_args__ = (
        Index("ix_incidents_open", "stage", "kind", "grid"),
        Index("ix_incidents_past", "grid", "kind", "raised_at_ms"),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("incidents.id"), index=True)
    told_parent: Mapped[str | None] = mapped_column(String(64), index=True)  # as the gateway names it, known or not
    kind: Mapped[str] = mapped_column(String(32))
    severity: Mapped[str] = mapped_column(String(16))
    placed_as: Mapped[str] = mapped_column(String(16))  # the worst severity of it and its children so far
    condition: Mapped[str] = mapped_column(String(16))
    stage: Mapped[str] = mapped_column(String(16))
    revision: Mapped[int]
    site: Mapped[str] = mapped_column(String(64))
    device: Mapped[str] = mapped_column(String(64), index=True)
    grid: Mapped[str] = mapped_column(String(64))
    grid_chain: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")  # as it was then
    place: Mapped[str] = mapped_column(Text)
    tiers: Mapped[list[Any]]
    signals: Mapped[list[Any]]
    breach_at_ms: Mapped[int]
    raised_at_ms: Mapped[int]
    changed_at_ms: Mapped[int]
    cleared_at_ms: Mapped[int | None]
    reported_at_ms: Mapped[int]  # when people could first know; again at a reopening
    accept_due_ms: Mapped[int]
    handling_at_ms: Mapped[int | None]  # the acceptance, or the last rework
    closed_at_ms: Mapped[int | None] = mapped_column(index=True)
    holder: Mapped[str | None] = mapped_column(String(64))
    paused_at_ms: Mapped[int | None]  # suspended since
    version: Mapped[int]
    round: Mapped[int]  # of timers: a reopening or a higher severity starts a new one
    source: Mapped[str] = mapped_column(String(16), default="gateway", server_default="gateway")  # domain.sources
    matter: Mapped[str | None] = mapped_column(String(48))  # of config/matters.toml, where people told it


class IncidentLog(Base):
    """What happened to an incident; only ever appended to."""

    __tablename__ = "incident_log"

    id: Mapped[int] = row_id()
    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.id"), index=True)
    at_ms: Mapped[int]
    what: Mapped[str] = mapped_column(String(32))
    actor: Mapped[str] = mapped_column(String(128))
    from_stage: Mapped[str | None] = mapped_column(String(16))
    to_stage: Mapped[str | None] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(String(16), server_default="", default="")
    version: Mapped[int]  # of the incident before the entry
    detail: Mapped[dict[str, Any]]
    of: Mapped[Incident] = relationship(lazy="raise")  # never read: it makes a flush insert incidents first


class Evidence(Base):
    """The readings that came with a revision, frozen with the incident."""

    __tablename__ = "evidence"

    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.id"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    readings: Mapped[dict[str, Any]]
    of: Mapped[Incident] = relationship(lazy="raise")  # never read: it makes a flush insert incidents first


class Timer(Base):
    """Something that happens once when its time comes, unless it is stopped before."""

    __tablename__ = "timers"
    __table_args__ = (
        UniqueConstraint("incident_id", "step", "round"),
        Index("ix_timers_due", "state", "due_ms"),
        Index("ix_timers_incident", "incident_id", "state"),
    )

    id: Mapped[int] = row_id()
    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.id"))
    step: Mapped[str] = mapped_column(String(32))
    round: Mapped[int]
    due_ms: Mapped[int]
    state: Mapped[str] = mapped_column(String(16))  # waiting, paused, done, stopped, failed
    deadline: Mapped[str] = mapped_column(String(16), server_default="accept")  # whose end stops it
    target: Mapped[str] = mapped_column(String(200), server_default="")  # whom a step of a chain notifies
    fired_at_ms: Mapped[int | None]
    of: Mapped[Incident] = relationship(lazy="raise")  # never read: it makes a flush insert incidents first


class Notice(Base):
    """One message to one person, with its own delivery state."""

    __tablename__ = "notices"
    __table_args__ = (
        UniqueConstraint("incident_id", "person", "step", "round", "channel"),
        Index("ix_notices_state", "state", "id"),
        Index("ix_notices_due", "channel", "state", "due_ms"),
        Index("ix_notices_said", "person", "channel", "sent_at_ms"),
    )

    id: Mapped[int] = row_id()
    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.id"))
    person: Mapped[str] = mapped_column(String(64), index=True)
    tier: Mapped[str] = mapped_column(String(32))
    step: Mapped[str] = mapped_column(String(48))  # placed, escalate:<tier>, repeat:<n>, chase:<n>, ...
    round: Mapped[int]
    channel: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(16))  # domain.notices.NoticeState
    made_at_ms: Mapped[int]
    delivered_at_ms: Mapped[int | None]
    attempts: Mapped[int]
    spread: Mapped[bool] = mapped_column(default=False)  # of the console's: the other channels are owed theirs
    due_ms: Mapped[int] = mapped_column(default=0)  # not before
    held_until_ms: Mapped[int] = mapped_column(default=0)  # by the worker that is at it
    sent_at_ms: Mapped[int | None] = mapped_column(default=None)
    message: Mapped[int | None] = mapped_column(default=None)  # first notice of the message in which it went
    reason: Mapped[str] = mapped_column(String(200), default="")
    of: Mapped[Incident] = relationship(lazy="raise")  # never read: it makes a flush insert incidents first


class FieldReport(Base):
    """What an endpoint or a worker reported, or which task a gateway gave; `fact` is the id made at the site."""

    __tablename__ = "field_reports"
    __table_args__ = (UniqueConstraint("site", "fact"), Index("ix_field_reports_device", "device", "id"))

    id: Mapped[int] = row_id()
    site: Mapped[str] = mapped_column(String(64))
    fact: Mapped[str] = mapped_column(String(128))
    device: Mapped[str] = mapped_column(String(64))
    person: Mapped[str | None] = mapped_column(String(64))
    what: Mapped[str] = mapped_column(String(32))
    incident_id: Mapped[str | None] = mapped_column(String(64), index=True)
    task: Mapped[str | None] = mapped_column(String(64))
    counts: Mapped[bool]
    at_ms: Mapped[int]  # when it happened, by the endpoint's clock
    taken_ms: Mapped[int]
    state: Mapped[str] = mapped_column(String(16))  # done, or waiting for its incident
    details: Mapped[dict[str, Any]]


class Intake(Base):
    """Message ids already taken in; pruned, because revisions and sequence numbers also catch a duplicate."""

    __tablename__ = "intake"

    message_id: Mapped[str] = mapped_column(String(128), primary_key=True)
    at_ms: Mapped[int] = mapped_column(index=True)


class Quarantine(Base):
    """Payloads that were refused, with the reason; bounded."""

    __tablename__ = "quarantine"

    id: Mapped[int] = row_id()
    at_ms: Mapped[int]
    topic: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(String(64))
    text: Mapped[str] = mapped_column(Text)
    payload: Mapped[str] = mapped_column(Text)  # the beginning


class Gateway(Base):
    """A gateway as it last described itself."""

    __tablename__ = "gateways"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    site: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    last_seen_ms: Mapped[int]
    said_at_ms: Mapped[int]
    outbox_pending: Mapped[int]
    quarantine: Mapped[int]
    status: Mapped[dict[str, Any]]


class Endpoint(Base):
    """An endpoint as its gateway last described it."""

    __tablename__ = "endpoints"

    gateway_id: Mapped[str] = mapped_column(ForeignKey("gateways.id"), primary_key=True)
    device: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    place: Mapped[str] = mapped_column(Text)
    grid: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    last_seen_ms: Mapped[int | None]
    channels: Mapped[dict[str, Any]]
