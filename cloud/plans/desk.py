"""The use cases on plans: look, compare, try, store, go back. A new version is the plan as soon as it is committed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy.orm import Session

from cloud.plan import Plan, files, sections
from cloud.plan.errors import PlanError
from cloud.plan.sections import SECTIONS, Document
from cloud.plans import versions, writing
from cloud.plans.differences import Difference, differences
from cloud.plans.errors import PlanConflict
from cloud.plans.seen import Sees, seen
from cloud.plans.versions import VersionRow
from cloud.plans.writing import Trial, Wish
from cloud.store.engine import Store
from domain.grids import AreaTree
from domain.roster import Roster
from runtime.clock import Clock

log = structlog.get_logger()

FILES = "files"  # who stored a version that a start took from the config folder
TRIES = 5  # others may store other sections while a large one is checked
# a year of a new roster every day, as docs/review.md assesses it; our default. Never fewer: going back needs some
KEPT, KEPT_LEAST = 400, 20
LOOK_S = 2.0  # another process may have stored a version


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A version with its content."""

    row: VersionRow
    document: Document


class Plans:
    """One per process, over the live plan."""

    def __init__(self, store: Store, plan: Plan, clock: Clock, keep: int = KEPT) -> None:
        self._store = store
        self._plan = plan
        self._clock = clock
        self.keep = keep  # versions of each section
        self.fault: str | None = None  # why the newest stored versions cannot be used

    def start(self, folder: Path) -> None:
        """The first start stores the files as version 1; files go on being followed until a person stores a version.

        Raises PlanError where what is stored cannot be read.
        """
        with self._store.write() as session:
            numbers = versions.numbers(session)
            for section, document in files.documents_of(folder)[0].items():
                self._follow(session, section, numbers.get(section, 0), document)
        with self._store.read() as session:
            self._plan.use(writing.read_current(session, self._plan))
        for section, document in self._plan.read.documents.items():
            for doubt in sections.doubts(section, document):
                log.warning(
                    "plan_to_be_mended", section=section, why=doubt, remedy="used as it is; mend it by a new version"
                )

    def _follow(self, session: Session, section: str, number: int, document: Document) -> None:
        """Store what a file says now, unless a person has stored a version since."""
        if number and versions.row(session, section, number).who != FILES:
            log.info("file_not_followed", section=section, version=number, remedy="gridwhistle cloud plan apply")
            return
        if number:
            before = versions.document(session, section, number)
            document = writing.succeeding(section, before, document)
            if document == before:
                return
        row = self._row(section, number + 1, FILES, f"{SECTIONS[section].file}.toml")
        versions.append(session, row, document)
        self._prune(session, [section])

    def _prune(self, session: Session, names: Iterable[str]) -> None:
        for section in names:
            if gone := versions.prune(session, section, max(self.keep, KEPT_LEAST)):
                log.info("plan_versions_forgotten", section=section, count=gone)

    def refresh(self) -> bool:
        """Take what was stored meanwhile, by whomever; True where the plan changed."""
        with self._store.read() as session:
            numbers = versions.numbers(session)
            if all(self._plan.number(section) == number for section, number in numbers.items()):
                return False
            try:
                read = writing.read_current(session, self._plan)
            except PlanError as error:
                if self.fault != str(error):
                    log.exception("plan_unusable", remedy="gridwhistle cloud plan back")
                self.fault = str(error)
                return False
        self._plan.use(read)
        self.fault = None
        log.info("plan_changed", **numbers)
        return True

    def stored(self, session: Session) -> tuple[Roster, AreaTree]:
        """People and areas as the database has them now, not as this process read them a moment ago."""
        read = writing.read_stored(session, self._plan)
        return read.roster, read.areas

    def health(self) -> dict[str, int | str]:
        """For /readyz: the versions in force, and why newer ones cannot be used."""
        return {**self._plan.read.numbers, "unusable": self.fault or ""}

    async def run(self) -> None:
        """Look for new versions, for ever."""
        while True:
            await asyncio.sleep(LOOK_S)
            await asyncio.to_thread(self.refresh)

    def overview(self) -> tuple[VersionRow, ...]:
        """The current version of every section; number 0 where nothing is stored."""
        with self._store.read() as session:
            numbers = versions.numbers(session)
            return tuple(
                versions.row(session, section, numbers[section])
                if section in numbers
                else VersionRow(section=section, number=0, at_ms=0, who=FILES, why="")
                for section in SECTIONS
            )

    def history(self, section: str) -> tuple[VersionRow, ...]:
        """The versions of a section, newest first. Raises UnknownVersion."""
        with self._store.read() as session:
            writing.read_section(session, self._plan, section)
            return versions.history(session, section)

    def show(self, section: str, number: int | None = None, sees: Sees | None = None) -> Shown:
        """A version with its content, as far as it is seen; the current one without a number. Raises UnknownVersion."""
        shown = self._shown(section, number)
        if sees is None:
            return shown
        codes = {area.id: area.code for area in self._plan.read.areas.areas}
        return replace(shown, document=seen(section, shown.document, codes, sees))

    def _shown(self, section: str, number: int | None) -> Shown:
        with self._store.read() as session:
            now, document = writing.read_section(session, self._plan, section)
            if number is None and not now:
                return Shown(row=self._row(section, 0, FILES, ""), document=document)
            wanted = now if number is None else number
            return Shown(
                row=versions.row(session, section, wanted), document=versions.document(session, section, wanted)
            )

    def diff(self, section: str, before: int, after: int, sees: Sees | None = None) -> tuple[Difference, ...]:
        """What changed from one version to another, as far as it is seen. Raises UnknownVersion."""
        old, new = (self.show(section, number, sees).document for number in (before, after))
        return differences(old, new)

    def preview(self, section: str, document: dict[str, Any]) -> Trial:
        """What a document would do. Raises PlanError, UnknownVersion."""
        return self.preview_all({section: document})[0]

    def preview_all(self, documents: Mapping[str, dict[str, Any]]) -> tuple[Trial, ...]:
        """What several documents would do that only fit together. Raises PlanError, UnknownVersion."""
        with self._store.read() as session:
            return writing.attempt(session, self._plan, documents).trials

    def apply(self, wish: Wish, beside: Callable[[Session], None] | None = None) -> Trial:
        """Store it and use it; `beside` belongs to the same transaction.

        Raises PlanError, PlanConflict, FindingsOpen, UnknownVersion.
        """
        return self.apply_all([wish], beside)[0]

    def apply_all(self, wishes: Sequence[Wish], beside: Callable[[Session], None] | None = None) -> tuple[Trial, ...]:
        """Several sections that only fit together, all or none. Raises as `apply`."""
        for _ in range(TRIES):
            with self._store.read() as session:
                attempted = writing.prepare(session, self._plan, wishes)
            with self._store.write() as session:
                stored = writing.store(session, wishes, attempted, self._clock.now_ms())
                if stored:
                    self._prune(session, [wish.section for wish in wishes])
                if stored and beside is not None:
                    beside(session)
            if stored:
                self.refresh()
                return attempted.trials
        raise PlanConflict(wishes[0].section, attempted.trials[0].number)

    def back(
        self, numbers: Mapping[str, int], *, who: str, why: str, expected: Mapping[str, int] | None = None,
        beside: Callable[[Session], None] | None = None,
    ) -> tuple[Trial, ...]:  # fmt: skip
        """Make old versions the next ones, of several sections where they only fit together. Raises as `apply`.

        `expected`: the versions that were in force when that was wanted.
        """
        wishes = [
            Wish(section=section, document=self.show(section, number).document, who=who, why=why,
                 expected_number=(expected or {}).get(section), accept_findings=True)
            for section, number in numbers.items()  # findings that it has were accepted then
        ]  # fmt: skip
        return self.apply_all(wishes, beside)

    def _row(self, section: str, number: int, who: str, why: str) -> VersionRow:
        return VersionRow(section=section, number=number, at_ms=self._clock.now_ms(), who=who, why=why)
