"""The shifts of one person: hours of every day, and lines with weekdays, cycles and dates, each told as a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import Response

from cloud.console.planning.bench import HERE, Bench, Benches, Posted, back_to, texts_of
from cloud.console.planning.drawing import Frame, frames
from cloud.console.planning.fields import Part, Row
from cloud.console.planning.fields_people import DUTY, PEOPLE
from cloud.console.planning.rows import PAGE, Line, Table, page_of
from cloud.console.planning.values import Texts
from cloud.console.planning.widgets import decode, encode
from cloud.people.errors import UnknownPerson
from cloud.plans import merging
from cloud.plans.drafts import DraftChanged
from cloud.trust.door import Caller, allow
from cloud.trust.rights import Action

Reader = Annotated[Caller, Depends(allow(Action.PEOPLE_READ))]
Rosterer = Annotated[Caller, Depends(allow(Action.ROSTER_WRITE))]
Person = Annotated[str, Path(max_length=64)]
EVERY_DAY = Part(name="people", section="people", fields=tuple(f for f in PEOPLE.fields if f.name == "duty"))
RULE = Part(name="duty", section="people", fields=tuple(f for f in DUTY.fields if f.name != "person"))
RULES_MAX = 30  # lines of one person


def add_routes(router: APIRouter, benches: Benches) -> None:
    """/plan/people/shifts/{person}."""
    pages = ShiftPages(benches)
    router.add_api_route(f"{HERE}/people/shifts/{{person}}", pages.show)
    router.add_api_route(f"{HERE}/people/shifts/{{person}}", pages.save, methods=["POST"])


def told(bench: Bench, person: Row) -> tuple[str, ...]:
    """When somebody is on duty, in sentences."""
    say = bench.wording
    daily = [f"{say.days(None)} {say.hours(text)}" for text in person.get("duty") or ()]
    rules = [say.shift(rule) for rule in bench.document.get("duty") or () if rule.get("person") == person.get("id")]
    return (*daily, *rules)


def listed(benches: Benches, request: Request, bench: Bench, asked: str, page: int) -> Response:
    """Everybody of one's areas who has not left, with his shifts."""
    people = bench.document.get("people") or ()
    seen = [(number, row) for number, row in enumerate(people) if bench.sees(PEOPLE, row)]
    rows = [(number, row) for number, row in seen if row.get("active", True)]
    wanted = asked.strip().lower()
    lines = [line for number, row in rows if wanted in (line := _line(bench, number, row))[1]]
    pages = max(1, -(-len(lines) // PAGE))
    page = min(page, pages)
    shown = tuple(line for line, _ in lines[(page - 1) * PAGE : page * PAGE])
    t = bench.wording.words.t
    heads = (t("plan.f.people.name"), t("plan.f.people.role"), t("plan.f.people.area"), t("plan.shifts"))
    table = Table(heads=heads, lines=shown, page=page, pages=pages, count=len(lines), total=len(rows),
                  gone=len(seen) - len(rows), unseen=len(people) - len(seen))  # fmt: skip
    return benches.html(request, "section.html", bench, part=DUTY, table=table, q=asked)


def _line(bench: Bench, number: int, row: Row) -> tuple[Line, str]:
    say = bench.wording
    shifts = told(bench, row) or (say.words.t("plan.no_shift"),)
    names = tuple(say.cell(field, row) for name in ("name", "role", "area") if (field := PEOPLE.field(name)))
    touched = {_about(change) for change in bench.changes}
    line = Line(
        number=number, cells=(*names, say.words.t("plan.step.sep").join(shifts)), changed=row.get("id") in touched,
        faults=(), person=str(row.get("id")), may=bench.rights.shifts_of(row),
    )  # fmt: skip
    return line, f"{' '.join(line.cells)} {row.get('id')}".lower()


def _about(change: merging.Change) -> object:
    row = change.new or change.old
    return row.get("person" if change.part == "duty" else "id") if isinstance(row, dict) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draws:
    """One line of shifts as a form."""

    place: str  # of the line in the list, or `new`
    prefix: str
    sentence: str
    frames: tuple[Frame, ...]


class ShiftPages:
    """The handlers."""

    def __init__(self, benches: Benches) -> None:
        self._benches = benches

    def show(self, request: Request, caller: Reader, person: Person) -> Response:
        """The form."""
        bench = self._benches.open(request, caller, "people")
        row = _person(bench, person)
        return self._form(request, bench, row, _texts(bench, row))

    def save(self, request: Request, caller: Rosterer, person: Person, form: Posted) -> Response:
        """Keep the shifts in the draft; a button of the form adds or takes away a line."""
        bench = self._benches.open(request, caller, "people")
        row = _person(bench, person)
        if not bench.rights.shifts_of(row):
            bench.rights.insist()
        texts = texts_of(form)
        do = "".join(texts.get("do", ["save"]))
        texts = _lines(texts, do)
        if do != "save":
            return self._form(request, bench, row, texts)
        stale = "".join(texts.get("stamp", [])) != bench.stamp
        new, faults = self._read(bench, row, texts)
        if faults or stale:
            notice = bench.wording.words.t("plan.window") if stale else ""
            return self._form(request, bench, row, texts, faults, notice, 409 if stale else 422)
        try:
            if new != bench.document:
                self._benches.drafts.save(bench.draft, new)
        except DraftChanged:
            return self._form(request, bench, row, texts, {}, bench.wording.words.t("plan.window"), 409)
        number = [one.get("id") for one in new["people"]].index(person)
        return back_to("people", "duty", number, page=page_of(number), saved=1)

    def _read(self, bench: Bench, row: Row, texts: Texts) -> tuple[Row, dict[str, dict[str, str]]]:
        """(the document with these shifts, faults by prefix and field)."""
        chinese = bench.wording.words.lang == "zh"
        daily, wrong = decode(EVERY_DAY, row, texts)
        faults = {"": wrong} if wrong else {}
        old = list(bench.document.get("duty") or ())
        mine: dict[int, Row] = {}
        added: list[Row] = []
        for prefix, place in _places(texts):
            before = old[int(place)] if place.isdecimal() and int(place) < len(old) else {}
            rule, wrong = decode(RULE, before, texts, prefix)
            if wrong:
                faults[prefix] = wrong
            elif before.get("person") == row["id"]:
                mine[int(place)] = rule
            else:
                added.append({"person": row["id"], **rule})
        kept = [
            mine.get(place, one) for place, one in enumerate(old) if one.get("person") != row["id"] or place in mine
        ]
        people = [daily if one is row else one for one in bench.document["people"]]
        document = {**bench.document, "people": people}
        if "duty" in document or kept or added:
            document["duty"] = [*kept, *added]
        said = {k: {f: error.zh if chinese else error.en for f, error in v.items()} for k, v in faults.items()}
        return document, said

    def _form(
        self, request: Request, bench: Bench, row: Row, texts: Texts, faults: dict[str, dict[str, str]] | None = None,
        notice: str = "", status: int = 200,
    ) -> Response:  # fmt: skip
        wrong = faults or {}
        old = list(bench.document.get("duty") or ())
        lines = []
        for prefix, place in _places(texts):
            before = old[int(place)] if place.isdecimal() and int(place) < len(old) else {}
            rule, unread = decode(RULE, before, texts, prefix)
            sentence = "" if unread else bench.wording.shift(rule)
            drawn = frames(bench, RULE, texts, wrong.get(prefix, {}), prefix)
            lines.append(Draws(place=place, prefix=prefix, sentence=sentence, frames=drawn))
        daily, unread = decode(EVERY_DAY, row, texts)
        say = bench.wording
        values: dict[str, Any] = {
            "part": DUTY,
            "person": row,
            "daily": frames(bench, EVERY_DAY, texts, wrong.get("", {})),
            "lines": lines,
            "sentences": [f"{say.days(None)} {say.hours(text)}" for text in daily.get("duty") or () if not unread]
            + [line.sentence for line in lines if line.sentence],
            "may": bench.rights.shifts_of(row),
            "notice": notice,
            "faults": wrong,
            "units": (),
            "people": (),
        }
        return self._benches.html(request, "shifts.html", bench, status=status, **values)


def _person(bench: Bench, person: str) -> Row:
    for row in bench.document.get("people") or ():
        if row.get("id") == person and bench.sees(PEOPLE, row):
            return dict(row) if not isinstance(row, dict) else row
    raise UnknownPerson(f"nobody called {person} is in the roster / 名册中没有 {person}")


def _texts(bench: Bench, row: Row) -> Texts:
    """The form as the draft has it."""
    texts = encode(EVERY_DAY, row)
    number = 0
    for place, rule in enumerate(bench.document.get("duty") or ()):
        if rule.get("person") == row["id"]:
            texts |= {f"r{number}.place": [str(place)], **encode(RULE, rule, f"r{number}.")}
            number += 1
    return texts


def _places(texts: Texts) -> list[tuple[str, str]]:
    """(prefix, place in the list) of every line of the form."""
    found = [(f"r{number}.", texts.get(f"r{number}.place")) for number in range(RULES_MAX)]
    return [(prefix, place[0]) for prefix, place in found if place]


def _lines(texts: Texts, do: str) -> Texts:
    """The form with a line more or less: `add`, `remove:r2.`."""
    act, _, prefix = do.partition(":")
    if act == "remove":
        return {name: text for name, text in texts.items() if not name.startswith(prefix) or not prefix}
    if act != "add" or len(_places(texts)) >= RULES_MAX:
        return texts
    free = next(number for number in range(RULES_MAX) if f"r{number}.place" not in texts)
    return {**texts, f"r{free}.place": ["new"], **encode(RULE, {}, f"r{free}.")}
