"""Tables of what people tell: reports of incidents, patrols and their tracks."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cloud.store.base import Base, row_id


class SourceReport(Base):
    """One report by a person or another line; each made an incident of its own, which may have been merged since."""

    __tablename__ = "source_reports"
    __table_args__ = (UniqueConstraint("line", "number"), UniqueConstraint("source", "key"))

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.id"), index=True)
    source: Mapped[str] = mapped_column(String(16))
    line: Mapped[str | None] = mapped_column(String(32))  # which other line handed it over
    number: Mapped[str | None] = mapped_column(String(64))  # theirs
    key: Mapped[str | None] = mapped_column(String(128))  # of the request: the same one twice is one report
    asked: Mapped[str] = mapped_column(String(64))  # digest of the request, so that the same key means the same
    reporter: Mapped[str] = mapped_column(String(128))  # the person, or the token that handed it over
    caller: Mapped[str | None] = mapped_column(Text)  # sealed: name and telephone of who called
    matter: Mapped[str] = mapped_column(String(48))
    urgency: Mapped[str] = mapped_column(String(16))
    grid: Mapped[str] = mapped_column(String(64))
    place: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    photo: Mapped[int | None]
    lat_udeg: Mapped[int | None]
    lon_udeg: Mapped[int | None]
    first: Mapped[bool]  # 首报: nobody and nothing had told of it before
    at_ms: Mapped[int]  # when it was seen
    taken_ms: Mapped[int]


class Patrol(Base):
    """One patrol of one worker."""

    __tablename__ = "patrols"
    __table_args__ = (Index("ix_patrols_device", "device", "started_ms"),)

    id: Mapped[int] = row_id()
    site: Mapped[str] = mapped_column(String(64))
    device: Mapped[str] = mapped_column(String(64))
    person: Mapped[str | None] = mapped_column(String(64), index=True)
    area: Mapped[str] = mapped_column(String(64))  # code of the worker's grid then
    started_ms: Mapped[int] = mapped_column(index=True)
    finished_ms: Mapped[int | None]
    points: Mapped[int]
    length_m: Mapped[int]  # as the terminal measured it


class TrackPart(Base):
    """Some points of a patrol, as one report brought them: [[at_ms, lat_udeg, lon_udeg], ...]."""

    __tablename__ = "track_parts"

    id: Mapped[int] = row_id()
    patrol_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("patrols.id"), index=True)
    first_ms: Mapped[int]
    points: Mapped[list[Any]]
