"""Tables that reports are counted from: a projection of the incidents, made anew from them whenever one changes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from cloud.store.base import Base, row_id

MEMBER = text("member_of IS NOT NULL")


class CaseArea(Base):
    """One place in the district as it was when incidents happened there: what a case is summed up and cut by."""

    __tablename__ = "case_areas"

    id: Mapped[int] = row_id()
    digest: Mapped[str] = mapped_column(String(64), unique=True)  # of the rest
    grid: Mapped[str] = mapped_column(String(64))  # code, as the incident has it
    site: Mapped[str] = mapped_column(String(64))
    chain: Mapped[list[Any]]  # [{id, level, name, code}, ...], lowest first, as it was then


class CaseFact(Base):
    """domain.assessment.cases.Case as a row. What most figures need stands first: a scan reads no further."""

    __tablename__ = "case_facts"
    __table_args__ = (
        Index("ix_case_facts_reported", "reported_ms"),
        Index("ix_case_facts_closed", "closed_ms"),
        # of members only: else SQLite reads every other case by it, and not by its time
        Index("ix_case_facts_member", "member_of", sqlite_where=MEMBER, postgresql_where=MEMBER),
        Index("ix_case_facts_device", "device", "reported_ms"),
        Index("ix_case_facts_handled", "handled_by", "reported_ms"),
        Index("ix_case_facts_accepted", "accepted_by", "reported_ms"),
    )

    id: Mapped[str] = mapped_column(String(64), ForeignKey("incidents.id"), primary_key=True)
    reported_ms: Mapped[int]
    member_of: Mapped[str | None] = mapped_column(String(64))
    void: Mapped[bool]
    life_safety: Mapped[bool]
    area: Mapped[int] = mapped_column(BigInteger, ForeignKey("case_areas.id"))
    kind: Mapped[str] = mapped_column(String(32))
    severity: Mapped[str] = mapped_column(String(16))
    source: Mapped[str] = mapped_column(String(16))
    stage: Mapped[str] = mapped_column(String(16))
    tier: Mapped[str | None] = mapped_column(String(32))
    closed_ms: Mapped[int | None]
    raised_ms: Mapped[int]
    accepted_ms: Mapped[int | None]
    dispatched_ms: Mapped[int | None]
    arrived_ms: Mapped[int | None]
    fed_back_ms: Mapped[int | None]
    verified_ms: Mapped[int | None]
    paused_ms: Mapped[int]
    paused_since_ms: Mapped[int | None]
    next_due_ms: Mapped[int | None]  # of the deadlines that run
    # <due>: running, met, missed, stopped, None where it has none; <due>_due_ms of the last; <due>_late_ms of the worst
    accept: Mapped[str | None] = mapped_column(String(8))
    accept_due_ms: Mapped[int | None]
    accept_late_ms: Mapped[int | None]
    dispatch: Mapped[str | None] = mapped_column(String(8))
    dispatch_due_ms: Mapped[int | None]
    dispatch_late_ms: Mapped[int | None]
    feed_back: Mapped[str | None] = mapped_column(String(8))
    feed_back_due_ms: Mapped[int | None]
    feed_back_late_ms: Mapped[int | None]
    verify: Mapped[str | None] = mapped_column(String(8))
    verify_due_ms: Mapped[int | None]
    verify_late_ms: Mapped[int | None]
    close: Mapped[str | None] = mapped_column(String(8))
    close_due_ms: Mapped[int | None]
    close_late_ms: Mapped[int | None]
    overall: Mapped[str | None] = mapped_column(String(8))
    overall_due_ms: Mapped[int | None]
    overall_late_ms: Mapped[int | None]
    supervised: Mapped[int]  # deadlines for which the tier above was called (督办)
    returns: Mapped[int]
    reworks: Mapped[int]
    reopenings: Mapped[int]
    passed_up: Mapped[int]
    escalations: Mapped[int]
    extensions: Mapped[int]
    suspensions: Mapped[int]
    handed_over: Mapped[int]
    parts: Mapped[int]
    parts_open: Mapped[int]
    unsatisfied: Mapped[int]
    grade: Mapped[str | None] = mapped_column(String(16))
    reports: Mapped[int]
    first_report: Mapped[bool | None]
    worker_ms: Mapped[int | None]
    line_ms: Mapped[int | None]
    sensor_ms: Mapped[int | None]
    matter: Mapped[str | None] = mapped_column(String(48))
    device: Mapped[str] = mapped_column(String(64))
    holder: Mapped[str | None] = mapped_column(String(64))
    accepted_by: Mapped[str | None] = mapped_column(String(128))
    dispatched_to: Mapped[str | None] = mapped_column(String(128))
    handled_by: Mapped[str | None] = mapped_column(String(128))
    fed_back_by: Mapped[str | None] = mapped_column(String(128))
    verified_by: Mapped[str | None] = mapped_column(String(128))
    closed_by: Mapped[str | None] = mapped_column(String(128))
    voided_by: Mapped[str | None] = mapped_column(String(128))
    lead: Mapped[str | None] = mapped_column(String(64))
    reporter: Mapped[str | None] = mapped_column(String(128))
    evaluated_ms: Mapped[int | None]
    cleared_ms: Mapped[int | None]
    tiers: Mapped[int]
    members: Mapped[int]
    merged: Mapped[bool]
    returned_by: Mapped[list[Any]]
    reworked_of: Mapped[list[Any]]
    place: Mapped[str] = mapped_column(Text)
    void_why: Mapped[str] = mapped_column(Text)


class CaseMark(Base):
    """How far the worker has come that keeps the facts; one row."""

    __tablename__ = "case_marks"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    form: Mapped[int]  # of the facts; another one makes all anew
    log_id: Mapped[int]  # every entry of the log up to here is in the facts
    filled_to: Mapped[str | None] = mapped_column(String(64))  # incident up to which old ones are; None: all
    aside: Mapped[list[Any]] = mapped_column(
        default=list, server_default="[]"
    )  # incidents whose facts could not be made
