"""What a page of the editor stands on: the section, the draft of whoever looks, its faults, and how to word it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal, get_args

from fastapi import Depends, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData

from cloud.console.looking import picture_of
from cloud.console.planning import faults
from cloud.console.planning.choices import Choices
from cloud.console.planning.fields import Part, Row
from cloud.console.planning.parts import SECTION_PARTS, part_of
from cloud.console.planning.rights import Rights
from cloud.console.planning.shown import Wording
from cloud.console.view import View, visitor
from cloud.desk import Desk
from cloud.plan.errors import PlanError
from cloud.plan.sections import Document
from cloud.plans import merging
from cloud.plans.drafts import Draft, Drafts
from cloud.plans.errors import UnknownVersion
from cloud.plans.writing import Trial
from cloud.trust.door import Caller, allow
from cloud.trust.rights import Action

HERE = "/plan"
SectionName = Literal["areas", "people", "departments", "dispatch", "calendar", "facilities", "matters"]
SECTIONS: tuple[SectionName, ...] = get_args(SectionName)
Reader = Annotated[Caller, Depends(allow(Action.PLAN_READ))]
SAID = ("applied", "saved", "removed", "discarded", "contacts_saved", "contacts", "window")  # in an address: just done
KEPT = 32  # trials of drafts that were looked at last
FIELDS_MAX = 6000  # inputs of a form: a chain, a rule with every tier, all lines of somebody's roster


async def _posted(request: Request) -> AsyncIterator[FormData]:
    async with request.form(max_files=2, max_fields=FIELDS_MAX) as form:
        yield form


Posted = Annotated[FormData, Depends(_posted)]


def texts_of(form: FormData) -> dict[str, list[str]]:
    """What was typed, without files."""
    found: dict[str, list[str]] = {}
    for name, value in form.multi_items():
        if isinstance(value, str):
            found.setdefault(name, []).append(value)
    return found


def text_of(form: FormData, name: str) -> str:
    """One text of a form."""
    value = form.get(name, "")
    return value if isinstance(value, str) else ""


@dataclass(frozen=True, slots=True)
class Tried:
    """A draft against the whole plan: what it does, or why it cannot be."""

    trial: Trial | None
    refusal: str = ""


@dataclass(frozen=True)
class Bench:
    """One section as one person sees it."""

    section: SectionName
    draft: Draft
    rights: Rights
    wording: Wording
    number: int  # the version in force
    current: Document  # and what it says
    tried: Tried

    @property
    def parts(self) -> tuple[Part, ...]:
        """Its lists."""
        return SECTION_PARTS[self.section]

    @property
    def document(self) -> Document:
        """As the draft has it."""
        return self.draft.document

    @property
    def stamp(self) -> str:
        """What a form was drawn from."""
        return self.draft.row.stamp

    @property
    def behind(self) -> bool:
        """True where somebody stored a version since the draft was begun."""
        return self.draft.begun and self.draft.row.base != self.number

    @cached_property
    def faults(self) -> tuple[faults.Fault, ...]:
        """What is wrong with it."""
        words, choices = self.wording.words, self.wording.choices
        own = faults.found(self.parts, self.document, choices, words)
        return own or faults.told(self.tried.refusal, self.parts, self.document, words)

    @cached_property
    def changes(self) -> tuple[merging.Change, ...]:
        """What the draft changes of the version in force."""
        return merging.changes(self.cut(self.current), self.cut(self.document))

    def cut(self, document: Document) -> Document:
        """As far as it is shown: people of his areas."""
        return document if self.rights.whole else self.rights.cut(document)

    def sees(self, part: Part, row: Row) -> bool:
        """People are shown to whom they concern."""
        return part.name != "people" or self.rights.whole or self.rights.sees(row)


class Benches:
    """Makes them; one per process."""

    def __init__(self, desk: Desk, view: View) -> None:
        self.desk = desk
        self.view = view
        self.drafts = Drafts(desk.store, desk.plans, desk.clock)
        self._tried: OrderedDict[tuple[object, ...], Tried] = OrderedDict()

    def open(self, request: Request, caller: Caller, section: SectionName) -> Bench:
        """The section for whoever asks. Raises Forbidden where he may not read it."""
        read = self.desk.plan.read
        rights = Rights(caller, section, read)
        if section in ("people", "departments"):
            caller.also(Action.PEOPLE_READ)
        draft = self.drafts.of(section, caller.actor)
        words = visitor(request).words
        choices = Choices({**read.documents, section: draft.document}, words)
        number, current = self.desk.plan.number(section), read.documents[section]
        tried = self._try(draft, section) if draft.begun else Tried(None)
        return Bench(section, draft, rights, Wording(words, choices), number, current, tried)

    def _try(self, draft: Draft, section: SectionName) -> Tried:
        numbers = tuple(sorted(self.desk.plan.read.numbers.items()))
        key = (section, draft.row.who, draft.row.revision, draft.row.at_ms, numbers)
        if key not in self._tried:
            try:
                self._tried[key] = Tried(self.desk.plans.preview(section, draft.document))
            except PlanError as error:
                self._tried[key] = Tried(None, str(error))
            while len(self._tried) > KEPT:
                self._tried.popitem(last=False)
        return self._tried[key]

    def part(self, section: SectionName, name: str) -> Part:
        """A list of a section, its fields for the levels there are. Raises UnknownVersion."""
        part = part_of(section, name)
        if part is None:
            raise UnknownVersion(f"no list {name} in {section} · 没有这个列表")
        return part

    def html(self, request: Request, template: str, bench: Bench | None, status: int = 200, **values: Any) -> Response:
        """A page."""
        shared: dict[str, Any] = {
            "page": "plan",
            "picture": picture_of(self.desk, request),
            "now_ms": self.desk.clock.now_ms(),
            "bench": bench,
            "say": bench.wording if bench else None,
            "asked": {name: _number(request.query_params.get(name, "")) for name in SAID},
            **values,
        }
        return self.view.html(request, f"planning/{template}", status=status, **shared)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def back_to(section: str, part: str = "", row: int | None = None, **query: object) -> Response:
    """To the list, where a row was."""
    asked: Mapping[str, object] = {"list": part, **query} if part else query
    text = "&".join(f"{name}={value}" for name, value in asked.items() if value not in ("", None))
    place = f"#r{row}" if row is not None else ""
    return RedirectResponse(f"{HERE}/{section}{'?' if text else ''}{text}{place}", status_code=303)


def by_row(found: Iterable[faults.Fault], part: str, row: int | None) -> dict[str, str]:
    """The faults of one row by field."""
    return {fault.field: fault.text for fault in found if fault.part == part and fault.row == row}
