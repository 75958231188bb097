"""Drafts: what somebody changes in a section, kept until he stores it or gives it up. One per person and section."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from cloud.plan.sections import Document
from cloud.plans.desk import Plans
from cloud.plans.writing import Trial, Wish
from cloud.store.engine import Store
from cloud.store.models_plans import PlanDraft
from runtime.clock import Clock

FIRST_BITS = 48  # a draft begins at a number of its own: the stamp of one that was given up never comes again


class DraftChanged(Exception):
    """The draft was saved from another window meanwhile, or is gone: look at it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftRow:
    """A draft without its document."""

    who: str
    section: str
    base: int
    revision: int
    at_ms: int

    @property
    def stamp(self) -> str:
        """What a form was drawn from."""
        return f"{self.base}.{self.revision}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A draft; revision 0: nothing is changed yet, the document is that of the present version."""

    row: DraftRow
    document: Document

    @property
    def begun(self) -> bool:
        """True where something is kept."""
        return self.row.revision > 0


class Drafts:
    """The use cases, each in one transaction."""

    def __init__(self, store: Store, plans: Plans, clock: Clock) -> None:
        self._store = store
        self._plans = plans
        self._clock = clock

    def rows(self) -> tuple[DraftRow, ...]:
        """All of them, the newest first."""
        columns = (PlanDraft.who, PlanDraft.section, PlanDraft.base, PlanDraft.revision, PlanDraft.at_ms)
        with self._store.read() as session:
            found = session.execute(select(*columns).order_by(PlanDraft.at_ms.desc()))
            return tuple(DraftRow(**row._asdict()) for row in found)

    def of(self, section: str, who: str) -> Draft:
        """Somebody's draft; the present version where he has none. Raises UnknownVersion."""
        with self._store.read() as session:
            row = session.get(PlanDraft, (who, section))
            if row is not None:
                return Draft(row=_row(row), document=row.document)
        shown = self._plans.show(section)
        fresh = DraftRow(who=who, section=section, base=shown.row.number, revision=0, at_ms=0)
        return Draft(row=fresh, document=shown.document)

    def save(self, draft: Draft, document: Document) -> Draft:
        """Keep what was changed in a draft that was looked at. Raises DraftChanged."""
        return self._put(draft.row, document, draft.row.base)

    def rebase(self, draft: Draft, document: Document, base: int) -> Draft:
        """The same upon a newer version. Raises DraftChanged."""
        return self._put(draft.row, document, base)

    def _put(self, seen: DraftRow, document: Document, base: int) -> Draft:
        with self._store.write() as session:
            row = session.get(PlanDraft, (seen.who, seen.section), with_for_update=True)
            if (row.revision if row else 0) != seen.revision:
                raise DraftChanged(seen.section)
            if row is None:
                row = PlanDraft(who=seen.who, section=seen.section, revision=secrets.randbits(FIRST_BITS))
                session.add(row)
            row.base, row.revision, row.at_ms = base, row.revision + 1, self._clock.now_ms()
            row.document = document
            return Draft(row=_row(row), document=document)

    def drop(self, section: str, who: str) -> None:
        """Give it up."""
        with self._store.write() as session:
            forget(session, section, who)

    def apply(self, wishes: list[Wish], beside: Callable[[Session], None] | None = None) -> tuple[Trial, ...]:
        """Store drafts as the next versions, all or none; they are gone then. Raises what Plans.apply raises."""

        def done(session: Session) -> None:
            for wish in wishes:
                forget(session, wish.section, wish.who)
            if beside is not None:
                beside(session)

        return self._plans.apply_all(wishes, done)


def forget(session: Session, section: str, who: str) -> None:
    """Within a transaction."""
    row = session.get(PlanDraft, (who, section), with_for_update=True)
    if row is not None:
        session.delete(row)


def _row(row: PlanDraft) -> DraftRow:
    return DraftRow(who=row.who, section=row.section, base=row.base, revision=row.revision, at_ms=row.at_ms)
