"""/review/people, /grids, /departments, one's own page, and the incidents behind each number. Works without scripts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from cloud.console.looking import missing
from cloud.console.review import assess_list as lists
from cloud.console.review.assess_list import Table
from cloud.console.review.choice import ReviewWish, wish_of
from cloud.console.review.frame import HERE, Frame, Frames, keeping
from cloud.console.view import View, visitor
from cloud.desk import Desk
from cloud.review.assessing.reading import DAYS_MAX, UnknownSubject
from cloud.review.assessing.views import Result, Span
from cloud.tables.files import file_of
from cloud.trust.door import Caller, allow
from cloud.trust.rights import Action
from domain.assessment.indicators import BY_NAME, Subject
from domain.assessment.periods import Stretch, day_of, period_of

Reader = Annotated[Caller, Depends(allow(Action.ASSESS_READ))]
Anybody = Annotated[Caller, Depends(allow(Action.BOARD_READ))]
Wished = Annotated[ReviewWish, Depends(wish_of)]
Word = Annotated[str, Query(max_length=64)]
Page = Annotated[int, Query(ge=1, le=1000)]
Part = Literal["hits", "misses", "of", "spared"]
PEOPLE, GRIDS, DEPARTMENTS, MINE, BEHIND = (
    f"{HERE}/{name}" for name in ("people", "grids", "departments", "mine", "behind")
)
ASSESSED = (Stretch.MONTH, Stretch.YEAR)  # monthly and yearly, as the documents say; another period is an interim

JUDGES_SHOWN = 6  # the nearest ones; the others below a fold


@dataclass(frozen=True, slots=True)
class Order:
    """How a table is asked for."""

    sort: Word = ""
    grade: Word = ""
    page: Page = 1
    whole: bool = False
    take: Literal["", "csv", "xlsx"] = ""


Orders = Annotated[Order, Depends()]


def add_routes(router: APIRouter, desk: Desk, view: View) -> None:
    """The pages of the assessment."""
    pages = AssessPages(desk, view)
    for path, page in (
        (PEOPLE, pages.people), (GRIDS, pages.grids), (DEPARTMENTS, pages.departments),
        (f"{PEOPLE}/{{person}}", pages.person), (MINE, pages.mine), (BEHIND, pages.behind),
        (f"{MINE}/behind", pages.my_behind),
    ):  # fmt: skip
        router.add_api_route(path, page)


class AssessPages:
    """The handlers. Plain functions: FastAPI calls them in worker threads, because the desk blocks."""

    def __init__(self, desk: Desk, view: View) -> None:
        self._desk = desk
        self._frames = Frames(desk, view)
        self._view = view
        view.know(assess=lists)

    def people(self, request: Request, caller: Reader, wish: Wished, order: Orders) -> Response:
        """Everybody of one's areas."""
        frame = self._frame(request, caller, wish, "people")
        found = self._desk.assessing.people(self._span(frame), caller.sees, frame.at)
        return self._tables(request, frame, order, {"people": found}, Subject.PERSON)

    def grids(self, request: Request, caller: Reader, wish: Wished, order: Orders, level: Word = "") -> Response:
        """Grids, communities or streets."""
        frame = self._frame(request, caller, wish, "grids")
        levels = self._desk.plan.areas.levels
        level = level if level in levels else levels[0]
        found = self._desk.assessing.areas(level, self._span(frame), caller.sees, frame.at)
        return self._tables(request, frame, order, {"areas": found}, Subject.AREA, level=level, choices=levels)

    def departments(self, request: Request, caller: Reader, wish: Wished, order: Orders) -> Response:
        """Departments, and the tiers at which incidents stood."""
        frame = self._frame(request, caller, wish, "departments")
        span, desk = self._span(frame), self._desk.assessing
        told = {"departments": desk.departments(span, caller.sees), "tiers": desk.tiers(span, caller.sees, frame.at)}
        return self._tables(request, frame, order, told, Subject.DEPARTMENT)

    def person(self, request: Request, caller: Reader, wish: Wished, person: str) -> Response:
        """One person: everything that was counted, and how the grade came about."""
        frame = self._frame(request, caller, wish, "people")
        try:
            caller.check(self._desk.assessing.home_of(person))
        except UnknownSubject:
            return self._missing(request, person)
        return self._one(request, frame, person, BEHIND, {"subject": Subject.PERSON, "who": person})

    def mine(self, request: Request, caller: Anybody, wish: Wished) -> Response:
        """One's own results: what one's leader sees, and to whom one may object."""
        frame = self._frame(request, caller, wish, "mine")
        if not self._desk.plan.roster.knows(caller.actor):
            return self._frames.html(request, "review/nobody.html", frame)
        return self._one(request, frame, caller.actor, f"{MINE}/behind", {})

    def behind(
        self, request: Request, caller: Reader, wish: Wished, subject: Subject, who: Word, indicator: Word, part: Part
    ) -> Response:  # fmt: skip
        """The incidents of a number. A person's are for those who may read about him."""
        tab = {Subject.PERSON: "people", Subject.AREA: "grids"}.get(subject, "departments")
        frame = self._frame(request, caller, wish, tab)
        try:
            self._check(caller, subject, who)
        except UnknownSubject:
            return self._missing(request, who)
        return self._behind(request, caller, frame, subject, who, indicator, part)

    def my_behind(self, request: Request, caller: Anybody, wish: Wished, indicator: Word, part: Part) -> Response:
        """The incidents of one's own number; those that one sees."""
        frame = self._frame(request, caller, wish, "mine")
        return self._behind(request, caller, frame, Subject.PERSON, caller.actor, indicator, part)

    def _missing(self, request: Request, name: str) -> Response:
        return missing(self._desk, self._view, request, visitor(request).words.t("assess.unknown", name=name), HERE)

    def _frame(self, request: Request, caller: Caller, wish: ReviewWish, tab: str) -> Frame:
        """Without a period: the month that is over, because that is what is assessed."""
        last = period_of(Stretch.MONTH, day_of(self._desk.clock.now_ms(), self._desk.plan.offset_min)).before()
        usual = replace(wish, period=str(Stretch.MONTH), on=last.first.isoformat(), to="")
        frame = self._frames.of(request, caller, wish if wish.period or wish.on or wish.to else usual, tab)
        if frame.period.days <= DAYS_MAX:
            return frame
        told = visitor(request).words.t("assess.too_long", n=DAYS_MAX)
        return replace(self._frames.of(request, caller, usual, tab), fault=told)

    def _span(self, frame: Frame) -> Span:
        return self._desk.assessing.span(frame.period.from_ms, frame.period.to_ms)

    def _check(self, caller: Caller, subject: Subject, who: str) -> None:
        plan = self._desk.plan
        if subject is Subject.PERSON:
            caller.check(self._desk.assessing.home_of(who))
            return
        department = plan.departments.of(who) if subject is Subject.DEPARTMENT else None
        area = plan.areas.get(department.area if department else who)
        if area is not None:
            caller.check(area.code)
        elif who not in plan.areas.levels or subject is Subject.DEPARTMENT:
            raise UnknownSubject(f"there is no {subject} {who} / 没有 {who}")

    def _tables(
        self, request: Request, frame: Frame, order: Order, told: Mapping[str, Sequence[Result]], subject: Subject,
        **values: Any,
    ) -> Response:  # fmt: skip
        if order.take:
            return self._file(request, order.take, frame, [one for results in told.values() for one in results])
        size = lists.PRINTED if order.whole else lists.PAGE
        tables: list[Table] = [
            lists.table(name, results, order.sort, order.grade, order.page, size) for name, results in told.items()
        ]
        kept = {"grade": order.grade, "level": values.get("level", ""), "whole": "1" if order.whole else ""}
        frame = keeping(frame, request.url.path, {name: value for name, value in kept.items() if value})
        values |= {"tables": tables, "subject": subject, "kept": kept, "scheme": self._desk.assessing.scheme}
        return self._frames.html(request, "review/assessed.html", frame, **values, **self._words(frame))

    def _file(self, request: Request, form: str, frame: Frame, results: Sequence[Result]) -> Response:
        words = visitor(request).words
        names = lists.names_of(results)
        name = f"{frame.tab}-{frame.period.first}-{frame.period.last}"
        return file_of(name, form, lists.heading(words, names), lists.lines(words, results, names))

    def _one(self, request: Request, frame: Frame, person: str, behind: str, query: dict[str, Any]) -> Response:
        own = self._desk.assessing.person(person, self._span(frame), frame.compared)
        roster, words = self._desk.plan.roster, visitor(request).words
        judges = [one for one in map(roster.get, own.to) if one is not None]
        values: dict[str, Any] = {
            "own": own, "said": lists.said(words, own.now), "judges": judges, "judges_shown": JUDGES_SHOWN,
            "scheme": self._desk.assessing.scheme,
            "href": lambda name, part: frame.address(behind, **query, indicator=name, part=part),
        }  # fmt: skip
        return self._frames.html(request, "review/person.html", frame, **values, **self._words(frame))

    def _behind(
        self, request: Request, caller: Caller, frame: Frame, subject: Subject, who: str, indicator: str, part: Part
    ) -> Response:  # fmt: skip
        known = BY_NAME.get(indicator)
        if known is None or subject not in known.subjects:
            return self._missing(request, indicator)
        span = self._span(frame)
        found = self._desk.assessing.behind(subject, who, indicator, part, span, caller.sees, frame.at)
        query: dict[str, Any] = {} if request.url.path.startswith(MINE) else {"subject": subject, "who": who}
        frame = keeping(frame, request.url.path, {**query, "indicator": indicator, "part": part})
        values: dict[str, Any] = {
            "found": found, "part": part, "indicator": known, "subject": subject, "who": who,
            "name": self._name(subject, who), "days": [date.fromordinal(day) for day in found.days],
            "href": lambda part: frame.address(request.url.path, **query, indicator=indicator, part=part),
            "parts": ("misses", "hits", "of", "spared"),
        }  # fmt: skip
        return self._frames.html(request, "review/behind.html", frame, **values)

    def _name(self, subject: Subject, who: str) -> str:
        area = self._desk.plan.areas.get(who) if subject is Subject.AREA else None
        return area.name if area else self._desk.plan.name_of(who)

    def _words(self, frame: Frame) -> dict[str, Any]:
        return {"interim": frame.period.stretch not in ASSESSED}
