"""The stored versions of the plan's sections, inside the caller's transaction."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from cloud.plan.sections import SECTIONS, Document
from cloud.plans.errors import UnknownVersion
from cloud.store.models_plans import PlanDraft, PlanVersion

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


def prune(session: Session, section: str, keep: int) -> int:
    """Forget all but the newest of a section; how many. What somebody's draft was begun from stays."""
    newest = session.scalar(select(func.max(PlanVersion.number)).where(PlanVersion.section == section)) or 0
    begun = select(PlanDraft.base).where(PlanDraft.section == section)
    old = (PlanVersion.section == section, PlanVersion.number <= newest - keep, PlanVersion.number.not_in(begun))
    return int(session.execute(delete(PlanVersion).where(*old)).rowcount)  # type: ignore[attr-defined]


def _unknown(section: str, number: int) -> UnknownVersion:
    return UnknownVersion(
        f"{section} has no version {number}, or no longer; see its history · 没有这个版本，或已不再保留"
    )
