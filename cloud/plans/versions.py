"""The stored versions of the plan's sections, inside the caller's transaction."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cloud.plan.sections import SECTIONS, Document
from cloud.plans.errors import UnknownVersion
from cloud.store.models_plans import PlanVersion

HISTORY_SHOWN = 200  # versions of a section, newest first
# without the documents, which may have megabytes
_ABOUT = (PlanVersion.section, PlanVersion.number, PlanVersion.at_ms, PlanVersion.who, PlanVersion.why)


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRow:
    """Who stored a version, when and why."""

    section: str
    number: int
    at_ms: int
    who: str
    why: str


def lock(session: Session) -> None:
    """One change of a plan at a time, because sections are checked against each other."""
    session.get(PlanVersion, ("areas", 1), with_for_update=True)


def numbers(session: Session) -> dict[str, int]:
    """The current version of every section that is stored."""
    query = select(PlanVersion.section, func.max(PlanVersion.number)).group_by(PlanVersion.section)
    return {section: number for section, number in session.execute(query) if section in SECTIONS}


def document(session: Session, section: str, number: int) -> Document:
    """A stored document. Raises UnknownVersion."""
    found = session.get(PlanVersion, (section, number))
    if found is None:
        raise _unknown(section, number)
    return found.document


def row(session: Session, section: str, number: int) -> VersionRow:
    """Who stored it. Raises UnknownVersion."""
    query = select(*_ABOUT).where(PlanVersion.section == section, PlanVersion.number == number)
    found = session.execute(query).first()
    if found is None:
        raise _unknown(section, number)
    return VersionRow(**found._asdict())


def history(session: Session, section: str) -> tuple[VersionRow, ...]:
    """The last versions of a section, newest first."""
    query = select(*_ABOUT).where(PlanVersion.section == section).order_by(PlanVersion.number.desc())
    return tuple(VersionRow(**found._asdict()) for found in session.execute(query.limit(HISTORY_SHOWN)))


def append(session: Session, new: VersionRow, content: Document) -> None:
    """Store the next version."""
    session.add(
        PlanVersion(section=new.section, number=new.number, at_ms=new.at_ms, who=new.who, why=new.why, document=content)
    )
    session.flush()


def _unknown(section: str, number: int) -> UnknownVersion:
    return UnknownVersion(f"{section} has no version {number}; see its history · 没有这个版本")
