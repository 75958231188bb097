"""/api/review/summary and /api/review/cases: figures of a period, and the incidents behind each of them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from pydantic import BaseModel, Field

from cloud.desk import Desk
from cloud.late_routes import late_router
from cloud.review.cases.wish import TEXT_MAX, Flag, State, Where
from cloud.review.figures.files import CaseFile
from cloud.review.figures.listing import SIZE_MAX
from cloud.review.figures.views import AreaCount, Count, OnTime, Page, Totals, Way
from cloud.tables.files import ANSWERS, FORMS, file_of
from cloud.trust.door import Caller, allow
from cloud.trust.rights import Action
from domain.assessment.cases import Outcome
from domain.assessment.figures import Spread
from domain.limits import Due

Reader = Annotated[Caller, Depends(allow(Action.REVIEW_READ))]
Moment = Annotated[int | None, Field(ge=0, lt=1 << 53)]  # UTC epoch ms
Text = Annotated[str, Field(max_length=TEXT_MAX, pattern=r"^[^\x00]*$")]


class SummaryOut(BaseModel):
    """Of the cases reported from `from_ms` up to `to_ms`. Rates are hits of decided cases; see docs/review.md."""

    totals: Totals
    by_kind: tuple[Count, ...]
    by_matter: tuple[Count, ...]
    by_source: tuple[Count, ...]
    by_area: tuple[AreaCount, ...]
    on_time: tuple[OnTime, ...]
    spans: dict[Way, Spread]
    per_day: dict[date, int]
    hours: tuple[tuple[int, ...], ...]  # seven days of twenty-four, Monday first
    devices_again: tuple[Count, ...]
    places_again: tuple[Count, ...]


class WhereIn(BaseModel):
    """Which cases: those reported in [from_ms, to_ms), and in all other ways that are named. People by their ids."""

    from_ms: Moment = None
    to_ms: Moment = None
    at: Text = ""
    state: State = State.ANY
    life_safety: Literal["0", "1"] | None = None
    kind: Text = ""
    matter: Text = ""
    severity: Text = ""
    source: Text = ""
    stage: Text = ""
    tier: Text = ""
    grid: Text = ""
    device: Text = ""
    place: Text = ""
    q: Text = ""
    accepted_by: Text = ""
    dispatched_to: Text = ""
    handled_by: Text = ""
    verified_by: Text = ""
    closed_by: Text = ""
    voided_by: Text = ""
    reporter: Text = ""
    lead: Text = ""
    holder: Text = ""
    grade: Text = ""
    due: Due | None = None
    outcome: Outcome | None = None
    flag: Flag | None = None
    day: int | None = Field(default=None, ge=0, le=6)
    hour: int | None = Field(default=None, ge=0, le=23)

    def where(self) -> Where:
        """As the figures take it. Raises WishError."""
        told = self.model_dump(include=set(WhereIn.model_fields))
        return Where(**{**told, "life_safety": None if self.life_safety is None else self.life_safety == "1"})


class CasesIn(WhereIn):
    """And which page of them."""

    page: int = Field(default=1, ge=1, le=1_000_000)
    size: int = Field(default=50, ge=1, le=SIZE_MAX)
    order: Literal["reported", "oldest", "late", "longest"] = "reported"


class FileIn(WhereIn):
    """And in which language."""

    lang: Literal["zh", "en"] = "zh"


def build_router(desk: Desk) -> APIRouter:
    """Routes of the review."""
    router = late_router(prefix="/api/review", tags=["review"])

    @router.get("/summary", response_model=SummaryOut)
    def summary(caller: Reader, wish: Annotated[WhereIn, Query()]) -> SummaryOut:
        """Counts, deadlines, times and where it happens again, of the caller's areas."""
        told = desk.review.summary(_asked(caller, wish), caller.sees)
        return SummaryOut(
            totals=told.totals, by_kind=told.kinds, by_matter=told.matters, by_source=told.sources, by_area=told.areas,
            on_time=told.on_time, spans=told.spans, per_day=told.per_day, hours=told.week.counts,
            devices_again=told.devices, places_again=told.places,
        )  # fmt: skip

    @router.get("/cases", response_model=Page)
    def cases(caller: Reader, wish: Annotated[CasesIn, Query()]) -> Page:
        """The incidents that a number counts, by the same filter."""
        return desk.review.cases(_asked(caller, wish), caller.sees, page=wish.page, size=wish.size, order=wish.order)

    for form in FORMS:
        _files(router, desk, form)
    return router


def _files(router: APIRouter, desk: Desk, form: str) -> None:
    @router.get(f"/cases.{form}", response_class=Response, responses=ANSWERS)
    def file(caller: Reader, wish: Annotated[FileIn, Query()]) -> Response:
        """The same as a file, the newest first; 413 where there are more than it takes."""
        sheet = CaseFile(desk.plan, wish.lang, desk.review.offset_min)
        where = wish.where()
        caller.note(caller.action, "allowed")  # a list of who did what leaves the house
        cases = desk.review.every(where, caller.sees)
        return file_of("gridwhistle-cases", form, sheet.heading, sheet.rows(cases))


def _asked(caller: Caller, wish: WhereIn) -> Where:
    """What is asked for; a look at what one person did is on record. Raises WishError."""
    where = wish.where()
    if where.person:
        caller.note(caller.action, "allowed")
    return where
