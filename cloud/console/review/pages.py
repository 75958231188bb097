"""/review: what a supervisor reads on Monday morning, and the lists behind its numbers. Works without scripts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from cloud.console.looking import look_of, picture_of
from cloud.console.review.choice import ReviewWish, wish_of
from cloud.console.review.frame import HERE, Frame, Frames, keeping
from cloud.console.review.listing import LIST, NOW, When, chips, when_of, where_of
from cloud.console.review.now import now_of
from cloud.console.review.overview import AREAS_SHOWN, KINDS_SHOWN, PLACES_MAX, PLACES_SHOWN, SORTS, Reader
from cloud.console.view import View, visitor
from cloud.desk import Desk
from cloud.review.cases.wish import Flag, State, Where
from cloud.review.figures.listing import ORDERS
from cloud.review.figures.views import Count
from cloud.trust.door import Caller, allow
from cloud.trust.rights import Action
from domain.assessment.hours import Week
from domain.incidents import Kind

Allowed = Annotated[Caller, Depends(allow(Action.REVIEW_READ))]
Wished = Annotated[ReviewWish, Depends(wish_of)]
Whens = Annotated[When, Depends(when_of)]
Word = Annotated[str, Query(max_length=16)]
PAGE = 50
HOLDERS = 6  # of what is overdue, those with the most; how many more there are is said
FILES = "/api/review/cases"


def add_routes(router: APIRouter, desk: Desk, view: View) -> None:
    """/review and the lists behind its numbers."""
    pages = ReviewPages(desk, view)
    router.add_api_route(HERE, pages.overview)
    router.add_api_route(LIST, pages.incidents)


class ReviewPages:
    """The handlers. Plain functions: FastAPI calls them in worker threads, because the desk blocks."""

    def __init__(self, desk: Desk, view: View) -> None:
        self._desk = desk
        self._frames = Frames(desk, view)

    def overview(self, request: Request, caller: Allowed, wish: Wished, sort: Word = SORTS[0]) -> Response:
        """What is open now, and what the period was like."""
        frame = self._frames.of(request, caller, wish, "overview")
        sort = sort if sort in SORTS else SORTS[0]
        plan, since_ms = self._desk.plan, self._desk.plan.calendar.last_end_ms(frame.now_ms)
        reader = Reader(self._desk.review, frame, caller.sees, since_ms)
        told, look = reader.read(sort), look_of(self._desk, request)
        values: dict[str, Any] = {
            "picture": picture_of(self._desk, request, look), "now": now_of(look.board.open, plan.areas, frame.at),
            "standing": reader.beside.open, "late_by": self._late_by(frame, reader.beside.holders),
            "holders_shown": HOLDERS, "late_href": open_address(frame, state=State.OVERDUE),
            "since": reader.beside.since,
            "since_ms": since_ms, "since_href": lambda: frame.address(LIST, since=since_ms),
            "o": told, "href": reader.href, "sort": sort, "busiest": busiest(told.week),
            "now_href": lambda **more: open_address(frame, **more),
            "area_page": lambda area: area_address(frame, HERE, area),
            "area_href": lambda area, **more: area_address(frame, LIST, area, **more),
            "again_href": lambda field, one: again_address(reader, field, one),
            "has_area": plan.areas.has, "name_of_code": plan.areas.name_of, "kinds_shown": KINDS_SHOWN,
            "areas_shown": AREAS_SHOWN, "places_shown": PLACES_SHOWN,
            "places_max": PLACES_MAX,
        }  # fmt: skip
        return self._frames.html(request, "review/overview.html", frame, **values)

    def _late_by(self, frame: Frame, found: Sequence[Count]) -> tuple[tuple[str, int, str], ...]:
        """Who holds what is overdue now: name (empty: nobody), how many, where these are listed."""
        names = [self._desk.plan.name_of(one.value) if one.value else "" for one in found]
        links = [open_address(frame, state=State.OVERDUE, holder=one.value) for one in found]
        return tuple((name, one.count, link) for name, one, link in zip(names, found, links, strict=True))

    def incidents(
        self, request: Request, caller: Allowed, wish: Wished, when: Whens, order: Word = ORDERS[0],
        page: Annotated[int, Query(ge=1, le=100_000)] = 1,
    ) -> Response:  # fmt: skip
        """The incidents behind a number, a page at a time."""
        words = visitor(request).words
        frame = self._frames.of(request, caller, wish, "overview")
        where, fine = where_of(request.query_params, frame, when)
        order = order if order in ORDERS else ORDERS[0]
        if where.person:
            caller.note(caller.action, "allowed")  # how one person does: a look at that is on record
        found = self._desk.review.cases(where, caller.sees, page=page, size=PAGE, order=order)
        plain = {name: value for name, value in where.query().items() if name != "at"}
        frame, query = keeping(frame, LIST, plain), plain | when.query
        values: dict[str, Any] = {
            "found": found, "chips": chips(words, self._desk.plan if found.total else None, frame, where, when),
            "order": order,
            "orders": ORDERS, "query": query, "list": LIST, "back": HERE, "when": when, "fine": fine, "wish": where,
            "states": tuple(State), "flags": tuple(Flag), "name_of_code": self._desk.plan.areas.name_of,
            "person": self._desk.plan.name_of,
            "file_href": lambda form: file_address(where, form, words.lang), "kinds": tuple(Kind),
        }  # fmt: skip
        return self._frames.html(request, "review/incidents.html", frame, **values)


def open_address(frame: Frame, **more: object) -> str:
    """Open incidents, whenever they were reported."""
    where = Where(**{"state": State.OPEN, **more})  # type: ignore[arg-type]
    return frame.address(LIST, when=NOW, **where.query())


def file_address(where: Where, form: str, lang: str) -> str:
    """The same incidents as a file for a spreadsheet."""
    times = {"from_ms": where.from_ms, "to_ms": where.to_ms}
    told = {"lang": lang} | {name: str(at) for name, at in times.items() if at is not None}
    return f"{FILES}.{form}?{urlencode(told | where.query())}"


def area_address(frame: Frame, path: str, area: str, **more: object) -> str:
    """The same of one area below."""
    return replace(frame, at=area).address(path, **Where(**more).query())  # type: ignore[arg-type]


def again_address(reader: Reader, field: str, one: Count) -> str:
    """The incidents of one place or one device."""
    return reader.href(place=one.value, grid=one.grid) if field == "place" else reader.href(device=one.value)


def busiest(week: Week) -> tuple[int, int, int] | None:
    """Day, hour and how many, where something stands out."""
    if week.most < 2:
        return None
    return next((day, hours.index(week.most), week.most) for day, hours in enumerate(week.counts) if week.most in hours)
