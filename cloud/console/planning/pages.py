"""/plan: the sections with their versions; a section as lists of rows; one row as a form. Works without scripts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from cloud.console.planning import contacts_page, exchange, past, review, shifts
from cloud.console.planning.bench import HERE, Bench, Benches, Posted, Reader, SectionName, back_to, by_row, texts_of
from cloud.console.planning.boundary import take_boundary
from cloud.console.planning.drawing import frames, moved, units
from cloud.console.planning.fields import Part, Row
from cloud.console.planning.parts import SECTION_PARTS
from cloud.console.planning.rows import page_of, table
from cloud.console.planning.values import Texts
from cloud.console.planning.widgets import STEP, decode, encode
from cloud.console.view import View
from cloud.desk import Desk
from cloud.plans.drafts import DraftChanged
from cloud.plans.errors import UnknownVersion

Asked = Annotated[str, Query(alias="q", max_length=100)]
PageNumber = Annotated[int, Query(ge=1, le=10_000)]
PartName = Annotated[str, Path(max_length=32)]
RowName = Annotated[str, Path(max_length=9, pattern=r"^(new|\d+)$")]
NEW = "new"


def add_routes(router: APIRouter, desk: Desk, view: View) -> None:
    """/plan and what is below it; the closer paths first."""
    benches = Benches(desk, view)
    pages = PlanPages(benches)
    router.add_api_route(HERE, pages.overview)
    for room in (contacts_page, shifts, review, past, exchange):
        room.add_routes(router, benches)
    section, row = f"{HERE}/{{section}}", f"{HERE}/{{section}}/{{part}}/{{row}}"
    router.add_api_route(section, pages.section)
    router.add_api_route(row, pages.row)
    router.add_api_route(row, pages.save, methods=["POST"])
    router.add_api_route(f"{row}/remove", pages.remove, methods=["POST"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A row that somebody has before him."""

    part: Part
    row: Row
    number: int | None  # None: a new one


class PlanPages:
    """The handlers. Plain functions: FastAPI calls them in worker threads, because the desk blocks."""

    def __init__(self, benches: Benches) -> None:
        self._benches = benches

    def overview(self, request: Request, caller: Reader) -> Response:
        """Every section: its version, who changed it last and why; drafts that wait."""
        desk = self._benches.desk
        drafts = self._benches.drafts.rows()
        values: dict[str, Any] = {
            "rows": desk.plans.overview(),
            "mine": {draft.section: draft for draft in drafts if draft.who == caller.actor},
            "others": [draft for draft in drafts if draft.who != caller.actor],
            "counts": {
                name: {part.name: len(part.rows(desk.plan.document(name))) for part in parts if not part.single}
                for name, parts in SECTION_PARTS.items()
            },
            "fault": desk.plans.fault,
        }
        return self._benches.html(request, "overview.html", None, **values)

    def section(
        self, request: Request, caller: Reader, section: SectionName,
        list: Annotated[str, Query(max_length=32)] = "", q: Asked = "", page: PageNumber = 1,
    ) -> Response:  # fmt: skip
        """The rows of one list."""
        bench = self._benches.open(request, caller, section)
        part = self._benches.part(section, list or bench.parts[0].name)
        if part.name == "duty":
            return shifts.listed(self._benches, request, bench, q, page)
        if part.single:
            return self._form(request, bench, _opened(part, bench.document, "0"))
        shown = table(bench, part, q, page)
        return self._benches.html(request, "section.html", bench, part=part, table=shown, q=q)

    def row(
        self, request: Request, caller: Reader, section: SectionName, part: PartName, row: RowName,
        copy: Annotated[int | None, Query(ge=0)] = None,
    ) -> Response:  # fmt: skip
        """The form of one row; a new one, also as a copy of another."""
        bench, what = self._open(request, caller, section, part)
        opened = _opened(what, bench.document, row)
        if opened.number is not None and not bench.sees(what, opened.row):
            raise UnknownVersion(f"no {what.name} {row} in your areas · 本人区域内没有这一行")
        if copy is not None and row == NEW and bench.rights.whole:
            source = _opened(what, bench.document, str(copy)).row
            opened = Opened(part=what, row={k: v for k, v in source.items() if k not in UNIQUE}, number=None)
        return self._form(request, bench, opened)

    def save(
        self, request: Request, caller: Reader, section: SectionName, part: PartName, row: RowName, form: Posted
    ) -> Response:
        """Keep a row in the draft; what cannot be read is said beside it, and nothing that was typed is lost."""
        bench, what = self._open(request, caller, section, part)
        _demand(bench)
        texts = texts_of(form)
        opened = _opened(what, bench.document, row, lost=_stale(bench, texts))
        words = bench.wording.words
        new, faults = decode(opened.part, opened.row, texts)
        new, wrong = take_boundary(new, form)
        said = {name: error.zh if words.lang == "zh" else error.en for name, error in (faults | wrong).items()}
        do = "".join(texts.get("do", ["save"]))
        if do != "save":
            texts = moved(texts, "steps", STEP, do)
            new, _ = decode(opened.part, opened.row, texts)
            return self._form(request, bench, opened, texts=texts, row=new)
        if not said and _stale(bench, texts) and (kept := _kept(opened, bench, new, row)) is not None:
            return back_to(section, opened.part.name, kept, page=page_of(kept), saved=1)
        if said or _stale(bench, texts):
            notice = words.t("plan.window") if _stale(bench, texts) else ""
            status = 409 if notice else 422
            return self._form(request, bench, opened, texts=texts, row=new, faults=said, notice=notice, status=status)
        try:
            number = self._keep(bench, opened, new)
        except DraftChanged:
            return self._form(request, bench, opened, texts=texts, row=new, notice=words.t("plan.window"), status=409)
        if opened.part.single:
            return back_to(section, opened.part.name, saved=1)
        return back_to(section, opened.part.name, number, page=page_of(number), saved=1)

    def remove(
        self, request: Request, caller: Reader, section: SectionName, part: PartName, row: RowName, form: Posted
    ) -> Response:
        """Take a row out of the draft."""
        bench, what = self._open(request, caller, section, part)
        _demand(bench)
        opened = _opened(what, bench.document, row)
        if _stale(bench, texts_of(form)) or opened.number is None:
            notice = bench.wording.words.t("plan.window")
            return self._form(request, bench, opened, notice=notice, status=409)
        rows = what.rows(bench.document)
        del rows[opened.number]
        try:
            self._benches.drafts.save(bench.draft, what.put(bench.document, rows))
        except DraftChanged:
            return back_to(section, what.name, window=1)
        return back_to(section, what.name, page=page_of(opened.number), removed=1)

    def _open(self, request: Request, caller: Reader, section: SectionName, part: str) -> tuple[Bench, Part]:
        bench = self._benches.open(request, caller, section)
        return bench, self._benches.part(section, part).for_levels(bench.wording.choices.levels)

    def _keep(self, bench: Bench, opened: Opened, new: Row) -> int:
        """The place of the row, now that it is in the draft."""
        rows = opened.part.rows(bench.document)
        number = len(rows) if opened.number is None else opened.number
        if opened.number is None:
            rows.append(new)
        elif rows[number] == new:
            return number
        else:
            rows[number] = new
        self._benches.drafts.save(bench.draft, opened.part.put(bench.document, rows))
        return number

    def _form(
        self, request: Request, bench: Bench, opened: Opened, *, texts: Texts | None = None, row: Row | None = None,
        faults: dict[str, str] | None = None, notice: str = "", status: int = 200,
    ) -> Response:  # fmt: skip
        part = opened.part.for_levels(bench.wording.choices.levels)
        told = faults if faults is not None else by_row(bench.faults, part.name, opened.number)
        shown = row if row is not None else opened.row
        values: dict[str, Any] = {
            "part": part,
            "frames": frames(bench, part, texts if texts is not None else encode(part, opened.row), told),
            "number": opened.number,
            "title": bench.wording.title(part, shown) if shown and not part.single else "",
            "row": shown,
            "steps": bench.wording.steps(shown.get("steps")) if part.name == "chains" else [],
            "units": units(bench),
            "faults": told,
            "notice": notice,
            "people": bench.wording.choices.of("people") if part.name == "chains" else (),
        }
        return self._benches.html(request, "row.html", bench, status=status, **values)


UNIQUE = ("id", "code", "site", "device", "date", "boundary")  # of a copy these must be others


def _opened(part: Part, document: Row, row: str, *, lost: bool = False) -> Opened:
    """A row by its place; where the draft has changed meanwhile it may be gone, then what was typed is a new one."""
    rows = part.rows(document)
    if row == NEW or (lost and int(row) >= len(rows)):
        return Opened(part=part, row={}, number=None)
    if int(row) >= len(rows):
        raise UnknownVersion(f"{part.name} has no row {row} · 没有这一行")
    return Opened(part=part, row=rows[int(row)], number=int(row))


def _stale(bench: Bench, texts: Texts) -> bool:
    """True for a form that was drawn from another state of the draft."""
    return "".join(texts.get("stamp", [])) != bench.stamp


def _kept(opened: Opened, bench: Bench, new: Row, row: str) -> int | None:
    """Where a row stands already, just as it is sent: the button was pressed twice. None where it does not."""
    if not bench.draft.begun:
        return None
    rows = opened.part.rows(bench.document)
    if row == NEW:
        return len(rows) - 1 if rows and rows[-1] == new else None
    return int(row) if int(row) < len(rows) and rows[int(row)] == new else None


def _demand(bench: Bench) -> None:
    """Raises Forbidden, on record; what is let in is on record when it is stored."""
    if not bench.rights.whole:
        bench.rights.insist()
