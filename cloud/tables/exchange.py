"""Tables in and out of the plan: one transaction, whole or not at all; a dry run says all that would happen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from cloud.people import contacts
from cloud.plan import Plan, sections
from cloud.plan.errors import PlanError
from cloud.plan.sections import Document
from cloud.plans.desk import Plans
from cloud.plans.errors import FindingsOpen
from cloud.plans.seen import seen
from cloud.plans.writing import Wish
from cloud.store.engine import Store
from cloud.tables.cells import Known, names
from cloud.tables.faults import CellError, Fault, Faults, SheetError
from cloud.tables.files import FORMS
from cloud.tables.rows import Difference, Taken, give, merge, take
from cloud.tables.sheets import Sheet, read_sheet
from cloud.tables.specs import PEOPLE, SPECS, Spec
from cloud.trust.seals import Seals
from domain.people_check import warnings
from runtime.clock import Clock


class UnknownTable(LookupError):
    """There is no such table, or no such form of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Somebody wants a file to be taken in. `replace`: it is the whole list, not an addition."""

    table: str
    data: bytes
    who: str
    why: str
    dry_run: bool = False
    replace: bool = False
    accept_findings: bool = False  # of areas: gaps and overlaps


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What an import did, or would do. With faults it does nothing."""

    table: str
    dry_run: bool
    done: bool
    rows: int
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    same: int = 0
    contacts: int = 0  # people whose contacts the file names
    version: int = 0  # of the section, afterwards
    hints: tuple[str, ...] = ()  # what works afterwards, but not well
    faults: tuple[Fault, ...] = ()
    faults_count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """A file put into a document; with faults the document is as it was."""

    document: Document
    rows: int
    taken: Taken | None
    difference: Difference | None
    faults: tuple[Fault, ...]
    faults_count: int


class TableFaulty(ValueError):
    """A file was not taken in, because of faults; the outcome lists them."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(f"{outcome.faults_count} faults; nothing was stored. First: {outcome.faults[0]}")
        self.outcome = outcome


class Exchange:
    """One per process, over the plan."""

    def __init__(self, plans: Plans, plan: Plan, store: Store, clock: Clock) -> None:
        self._plans = plans
        self._plan = plan
        self._store = store
        self._clock = clock

    def take(self, order: Order, seals: Seals) -> Outcome:
        """Read a file and store what it says. Raises UnknownTable, PlanConflict, NoVault."""
        spec = _spec(order.table)
        shown = self._plans.show(spec.section)
        merged = self.merged(order.table, order.data, shown.document, replace=order.replace)
        taken, difference, new = merged.taken, merged.difference, merged.document
        if taken is None or difference is None:
            return _refused(order, merged.rows, merged.faults, merged.faults_count)
        try:
            version = self._store_it(spec, order, new, taken, shown.row.number, seals)
        except (PlanError, FindingsOpen) as error:
            faults = Faults.none()
            faults.add(0, "", "", CellError(*_both(str(error))))
            return _refused(order, merged.rows, tuple(faults.found), faults.count)
        return _done(order, merged.rows, taken, difference, (version, self._hints(spec, new)))

    def merged(self, table: str, data: bytes, document: Document, *, replace: bool) -> Merged:
        """A file put into a document of its section; stores nothing. Raises UnknownTable."""
        spec, faults = _spec(table), Faults.none()
        rows, found, difference, new = 0, None, None, document
        try:
            sheet = read_sheet(data)
            rows = len(sheet.rows)
            taken = take(spec, sheet, self._known(spec, sheet), faults)
            if not faults.count:
                new, difference = merge(spec, document, taken, replace=replace)
                found = taken
        except SheetError as error:
            faults.add(0, "", "", error)
        return Merged(
            document=new, rows=rows, taken=found, difference=difference, faults=tuple(faults.found),
            faults_count=faults.count,
        )  # fmt: skip

    def _store_it(self, spec: Spec, order: Order, new: Document, taken: Taken, number: int, seals: Seals) -> int:
        if order.dry_run:
            return self._plans.preview(spec.section, new).number

        def beside(session: Session) -> None:
            contacts.write(session, seals, taken.contacts, by=order.who, at_ms=self._clock.now_ms())

        wish = Wish(
            section=spec.section, document=new, who=order.who, why=order.why, expected_number=number,
            accept_findings=order.accept_findings,
        )  # fmt: skip
        self._plans.apply(wish, beside if taken.contacts else None)
        return self._plan.number(spec.section)

    def _hints(self, spec: Spec, new: Document) -> tuple[str, ...]:
        now = self._plan.read
        read = sections.read({**now.documents, spec.section: new}, now.numbers)
        return warnings((area.id for area in read.areas.areas), read.roster, read.departments)

    def give(
        self, table: str, form: str, seals: Seals | None = None, sees: Callable[[str], bool] | None = None
    ) -> tuple[str, bytes]:
        """(media type, content) of a table; contacts only where `seals` are given, people only whose area is seen.

        Raises UnknownTable, NoVault.
        """
        spec = _spec(table)
        if form not in FORMS:
            raise UnknownTable(f"no form {form}; forms: {', '.join(FORMS)} / 没有这种格式")
        personal = None
        if seals is not None and spec is PEOPLE:
            with self._store.read() as session:
                personal = contacts.read_all(session, seals)
        document = self._plan.document(spec.section)
        if sees is not None and spec.section == PEOPLE.section:
            codes = {area.id: area.code for area in self._plan.read.areas.areas}
            document = seen(spec.section, document, codes, sees)
        heading, *rows = give(spec, document, personal)
        media, write = FORMS[form]
        return media, write(heading, rows)

    def _known(self, spec: Spec, sheet: Sheet) -> Known:
        """What cells may name: what there is, and what the file itself brings."""
        read = self._plan.read
        facilities = read.facilities
        areas = [(area.id, area.name, area.code) for area in read.areas.areas]
        if spec.name == "areas":
            areas += [row for row in _brought(spec, sheet) if row[0] not in {area[0] for area in areas}]
        return Known(
            areas=names(*areas),
            people=names(*((person.id, person.name) for person in read.roster.people)),
            departments=names(*((one.id, one.name) for one in read.departments.all)),
            buildings=names(*((building.id, building.name) for building in facilities.buildings)),
            levels=read.areas.levels,
        )


def _brought(spec: Spec, sheet: Sheet) -> list[tuple[str, str, str]]:
    columns = [spec.heading_of(text) for text in sheet.heading]
    place = {column.field: number for number, column in enumerate(columns) if column is not None}

    def cell(cells: tuple[str, ...], field: str) -> str:
        number = place.get(field, len(cells))
        return cells[number] if number < len(cells) else ""

    found = [(cell(cells, "id"), cell(cells, "name"), cell(cells, "code")) for _, cells in sheet.rows]
    return [row for row in found if row[0]]


def _spec(table: str) -> Spec:
    if table not in SPECS:
        raise UnknownTable(f"no table {table}; tables: {', '.join(SPECS)} / 没有这张表")
    return SPECS[table]


def _both(text: str) -> tuple[str, str]:
    """Texts of plans are English, some with Chinese after a point."""
    english, point, chinese = text.rpartition(" · ")
    return (chinese, english) if point else (f"内容不合要求：{text}", text)


def _refused(order: Order, rows: int, faults: tuple[Fault, ...], count: int) -> Outcome:
    return Outcome(
        table=order.table, dry_run=order.dry_run, done=False, rows=rows, faults=faults, faults_count=count
    )  # fmt: skip


def _done(order: Order, rows: int, taken: Taken, difference: Difference, after: tuple[int, tuple[str, ...]]) -> Outcome:
    return Outcome(
        table=order.table,
        dry_run=order.dry_run,
        done=not order.dry_run,
        rows=rows,
        added=difference.added,
        changed=difference.changed,
        removed=difference.removed,
        same=difference.same,
        contacts=len(taken.contacts),
        version=after[0],
        hints=after[1],
    )
